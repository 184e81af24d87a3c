import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { startApp, type TestApp } from '../../../test/support/app.ts';
import { createClient } from '../../../test/support/client.ts';
import { addCommits, makeRepository } from '../../../test/support/git.ts';
import type { Project } from '../projects/projects.ts';

// The database is not involved: one engine is enough.
let app: TestApp;
const client = createClient();
beforeAll(async () => {
  app = await startApp('sqlite');
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  client[Symbol.dispose]();
});

const newProject = async () => app.seed.project(await app.seed.group());

/** Clones a repository into the place of the project's. */
async function fill(project: Project, source: string): Promise<string> {
  const path = app.path('repositories', (project.id % 256).toString(16).padStart(2, '0'), `${project.id}.git`);
  mkdirSync(dirname(path), { recursive: true });
  await client.ok(['git', 'clone', '-q', '--bare', source, path]);
  return path;
}

test('a repository without pushes is empty', async () => {
  const view = await app.services.repositories.view(await newProject());
  expect(view).toMatchObject({ branch: 'main', commit: null, readme: null, bytes: 0 });
  expect([view.branches.newest, view.tags.newest]).toEqual([[], []]);
});

test('the view has the newest commit, branches and tags by date, the README and the size on disk', async () => {
  const project = await newProject();
  const source = await makeRepository(client, 'full', 3);
  await addCommits(client, source, 1, 'topic/one');
  await client.ok(['git', 'checkout', '-q', 'main'], { cwd: source });
  await Bun.write(`${source}/README.md`, '# Hello\n');
  await Bun.write(`${source}/readme`, 'the other one\n');
  await client.ok(['git', 'add', '.'], { cwd: source });
  await client.ok(['git', 'commit', '-q', '-m', 'Say hello\n\nand more'], { cwd: source });
  await client.ok(['git', 'tag', 'v1'], { cwd: source });
  await fill(project, source);
  const view = await app.services.repositories.view(project);
  expect(view.commit).toMatchObject({ author: 'A. Maintainer', subject: 'Say hello' });
  expect(view.commit?.id).toMatch(/^[0-9a-f]{40}$/);
  expect(view.branches.newest.map(({ name }) => name)).toEqual(['main', 'topic/one']);
  expect(view.branches.newest[1]?.at).toBe(1000 * 1_700_000_001);
  expect(view.tags.newest.map(({ name }) => name)).toEqual(['v1']);
  expect(view.readme).toEqual({ name: 'README.md', text: '# Hello\n' });
  expect(view.bytes).toBeGreaterThan(100);
});

test('the view has the twenty newest branches', async () => {
  const project = await newProject();
  const source = await makeRepository(client, 'many', 1);
  const refs = Array.from({ length: 30 }, (_, i) => `create refs/heads/b${i} HEAD\n`).join('');
  await client.ok(['git', 'update-ref', '--stdin'], { cwd: source, stdin: refs });
  await fill(project, source);
  const { branches } = await app.services.repositories.view(project);
  expect([branches.newest.length, branches.more]).toEqual([20, true]);
});

test('a README that is a symbolic link, too long or binary is not shown', async () => {
  for (const [name, make] of [
    ['link', 'ln -s /etc/passwd README.md'],
    ['long', 'yes | head -c 600000 > README.md'],
    ['binary', "printf 'a\\000b' > README.md"],
  ] as const) {
    const project = await newProject();
    const source = await makeRepository(client, name, 1);
    const commit = `${make} && git add . && git commit -q -m x`;
    await client.ok(['sh', '-c', commit], { cwd: source });
    await fill(project, source);
    const { readme } = await app.services.repositories.view(project);
    expect(readme).toEqual(name === 'link' ? null : { name: 'README.md', text: null });
  }
});
