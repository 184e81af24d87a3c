import { expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { SYSTEM } from '../../../src/domain/audit/author.ts';
import { appOverPipe } from '../../support/app-over-pipe.ts';
import { makeRepository, repositoryFolder } from '../../support/git.ts';
import { rejectionOf } from '../../support/rejection.ts';

const scene = appOverPipe();
const { client } = scene;

const newProject = async () => scene.app.seed.project(await scene.app.seed.group());
const run = (cwd: string, ...args: string[]) => client.run(['git', ...args], { cwd, env: scene.pipe.env });
const git = async (cwd: string, ...args: string[]) =>
  (await client.ok(['git', ...args], { cwd, env: scene.pipe.env })).stdout.trim();

for (const version of ['0', '2']) {
  test(`protocol ${version}: push, clone, fetch and push again over one connection each`, async () => {
    const project = await newProject();
    const cwd = await makeRepository(client, `duplex-${version}`, 30);
    const url = scene.pipe.url(project);
    const versioned = ['-c', `protocol.version=${version}`];
    await git(cwd, ...versioned, 'push', '-q', url, 'main~10:refs/heads/main');
    await git(client.work, ...versioned, 'clone', '-q', url, `copy-${version}`);
    const copy = client.path(`copy-${version}`);
    expect(await git(copy, 'rev-list', '--count', 'HEAD')).toBe('20');
    await git(cwd, ...versioned, 'push', '-q', url, 'main');
    await git(copy, ...versioned, 'fetch', '-q');
    expect(await git(copy, 'rev-list', '--count', 'origin/main')).toBe('30');
    expect(await git(copy, 'fsck', '--full')).toBe('');
    const updates = await scene.app.services.repositories.updates(project, null, 10);
    expect(updates.map(({ ref, forced }) => [ref, forced])).toEqual([
      ['refs/heads/main', false],
      ['refs/heads/main', false],
    ]);
    expect(scene.pipe.runs.at(-1)?.protocol.includes('version=2')).toBe(version === '2');
  });
}

test('a push of 20,001 refs is refused in the words of git, before the client has sent its pack', async () => {
  const project = await newProject();
  const cwd = await makeRepository(client, 'too-many');
  const head = await git(cwd, 'rev-parse', 'HEAD');
  const lines = Array.from({ length: 20_001 }, (_, i) => `${head} refs/tags/v${100_000 + i}\n`);
  await Bun.write(`${cwd}/.git/packed-refs`, `# pack-refs with: peeled fully-peeled sorted \n${lines.join('')}`);
  const { code, output } = await run(cwd, 'push', '-q', '--tags', scene.pipe.url(project));
  expect(code).not.toBe(0);
  expect(output).toContain('more than 20000 refs in one push');
  expect(await git(cwd, 'ls-remote', scene.pipe.url(project))).toBe('');
});

test("git's stderr reaches the client, without a path of the server", async () => {
  const project = await newProject();
  const cwd = await makeRepository(client, 'broken');
  await git(cwd, 'push', '-q', scene.pipe.url(project), 'main');
  const stored = repositoryFolder(scene.app.path('repositories'), project.id);
  rmSync(`${stored}/objects`, { recursive: true });
  const { code, output } = await run(client.work, 'clone', '-q', scene.pipe.url(project), 'of-broken');
  expect(code).not.toBe(0);
  expect(output).toContain("fatal: 'repository' does not appear to be a git repository");
  expect(output).not.toContain(scene.app.folder);
});

test('a client that leaves in the middle of a push leaves no ref, no event and no process', async () => {
  const project = await newProject();
  const cwd = await makeRepository(client, 'leaves');
  const half = `${'0'.repeat(40)} ${await git(cwd, 'rev-parse', 'main')} refs/heads/main\0 report-status`;
  const line = (half.length + 4).toString(16).padStart(4, '0') + half;
  const leaving = new AbortController();
  const pusher = { author: SYSTEM, confirm: async () => {}, refusalOf: () => null };
  const { output } = await scene.app.services.repositories.push(project, pusher, {
    mode: 'duplex',
    protocol: '',
    signal: leaving.signal,
    input: (async function* () {
      yield Buffer.from(`${line}0000PACK`);
      leaving.abort();
      await new Promise(() => {});
    })(),
  });
  expect(await rejectionOf(new Response(output).text())).toBeInstanceOf(Error);
  const idle = async () =>
    (await (await scene.app.fetch('/-/metrics')).text()).includes('postern_git_processes{state="running"} 0');
  for (let i = 0; i < 200 && !(await idle()); i++) await Bun.sleep(50);
  expect(await idle()).toBe(true);
  expect(await scene.app.services.repositories.updates(project, null, 10)).toEqual([]);
});
