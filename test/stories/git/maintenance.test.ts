import { afterAll, expect, setDefaultTimeout, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from '../../../src/domain/projects/projects.ts';
import { createClient } from '../../support/client.ts';
import {
  addCommits,
  makeRepository,
  repositoryFolder,
  repositoryUrl,
  rootUrl,
  seedRepository,
} from '../../support/git.ts';
import { onEachServer } from '../../support/on-each-app.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { ROOT } from '../../support/source-tree.ts';

setDefaultTimeout(240_000);

const client = createClient();
afterAll(() => client[Symbol.dispose]());

const command = (...words: string[]) => [process.execPath, join(ROOT, 'src/main.ts'), ...words];
const pathOf = ({ raw }: TestServer, { id }: Project) =>
  repositoryFolder(join(`${raw.POSTERN_DATA}`, 'repositories'), id);
const git = (server: TestServer, project: Project, ...args: string[]) =>
  client.ok(['git', '-c', 'safe.directory=*', '--git-dir', pathOf(server, project), ...args], { timeoutSeconds: 120 });

onEachServer('git maintenance', (started) => {
  const postern = async (...words: string[]) =>
    client.run(command(...words), { env: (await started).raw as Record<string, string> });
  const taskOf = async ({ full_path }: Project) => {
    const tasks: { project: string | null }[] = JSON.parse((await postern('tasks', '--json')).stdout);
    return tasks.find(({ project }) => project === full_path);
  };

  test('is planned by a push, and runs at once beside the server on request', async () => {
    const server = await started;
    using client = createClient();
    const project = await server.seed.project(await server.seed.group());
    const cwd = await seedRepository(server, client, project, 3);
    const planned = await taskOf(project);
    expect(planned).toMatchObject({ kind: 'maintain-repository', state: 'planned', outcome: null, failures: 0 });
    const ran = await postern('repo', 'maintain', project.full_path);
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([0, `the maintenance of ${project.full_path}: done\n`, '']);
    expect(await taskOf(project)).toMatchObject({ state: 'idle', outcome: 'done', error: null, next_run_at: null });
    expect((await git(server, project, 'count-objects', '-v')).stdout).toMatch(/^count: 0$(.|\n)*^packs: 1$/m);
    await client.ok(['git', 'clone', '-q', rootUrl(server, project), `clone-${project.id}`]);
    expect(
      (await client.ok(['git', 'log', '--format=%H', 'main'], { cwd: client.path(`clone-${project.id}`) })).stdout,
    ).toBe((await client.ok(['git', 'log', '--format=%H', 'main'], { cwd })).stdout);
    await addCommits(client, cwd, 1, 'main');
    await client.ok(['git', 'push', '-q', rootUrl(server, project), 'main'], { cwd });
    expect(await taskOf(project)).toMatchObject({ state: 'planned', outcome: 'done' });
  });

  test('does not run twice at once, and names a project that does not exist', async () => {
    const server = await started;
    using client = createClient();
    const project = await server.seed.project(await server.seed.group());
    await seedRepository(server, client, project);
    expect(await server.services.tasks.claim({ kind: 'maintain-repository', subject: project.id })).not.toBeNull();
    const second = await postern('repo', 'maintain', project.full_path);
    const sentence = `postern: the maintenance of ${project.full_path} runs already, in the server or in another command.\n`;
    expect([second.code, second.stderr]).toEqual([1, sentence]);
    const unknown = await postern('repo', 'maintain', 'no/where');
    expect([unknown.code, unknown.stderr]).toEqual([1, 'postern: There is no project no/where.\n']);
  });
});

test('pushes and clones succeed while their repository is maintained without a pause', async () => {
  await using server = await startServer('sqlite');
  const project = await server.seed.project(await server.seed.group());
  await seedRepository(server, client, project, 20);
  const token = await server.seed.deployToken(project, { scopes: ['read_repository'] });
  const from = repositoryUrl(server, project, token);
  let pushing = true;

  const pusher = async (number: number) => {
    const cwd = await makeRepository(client, `pusher-${number}`, 1, `branch-${number}`);
    for (let push = 0; push < 12; push++) {
      await addCommits(client, cwd, 2, `branch-${number}`);
      await client.ok(['git', 'push', '-q', rootUrl(server, project), `branch-${number}`], { cwd });
    }
    return (await client.ok(['git', 'rev-parse', 'HEAD'], { cwd })).stdout.trim();
  };
  const cloner = async (number: number) => {
    let clones = 0;
    for (; pushing; clones++) {
      const into = `storm-${number}-${clones}`;
      await client.ok(['git', 'clone', '-q', '--bare', from, into]);
      await client.ok(['git', '--git-dir', client.path(into), 'fsck', '--strict']);
      rmSync(client.path(into), { recursive: true });
    }
    return clones;
  };
  const maintain = async () => {
    let runs = 0;
    for (; pushing; runs++) {
      const done = await server.services.repositories.maintain(project.id, {
        full: runs % 3 === 2,
        signal: new AbortController().signal,
      });
      expect(done).not.toBeNull();
    }
    return runs;
  };

  const others = [cloner(1), cloner(2), maintain()];
  const tips = await Promise.all([1, 2, 3].map(pusher)).finally(() => {
    pushing = false;
  });
  const counts = await Promise.all(others);
  for (const count of counts) expect(count).toBeGreaterThan(1);
  for (const [index, tip] of tips.entries())
    expect((await git(server, project, 'rev-parse', `branch-${index + 1}`)).stdout.trim()).toBe(tip);
  await git(server, project, 'fsck', '--strict', '--full');
});

test('maintenance that is killed leaves a whole repository, to which clients push and from which they clone', async () => {
  await using server = await startServer('sqlite');
  const project = await server.seed.project(await server.seed.group());
  const cwd = await seedRepository(server, client, project, 40);
  const { raw, services } = server;
  for (const ms of [0, 50, 150]) {
    await addCommits(client, cwd, 5, 'main');
    await client.ok(['git', 'push', '-q', rootUrl(server, project), 'main'], { cwd });
    const child = Bun.spawn(command('repo', 'maintain', project.full_path), {
      env: { ...(raw as Record<string, string>), PATH: `${process.env['PATH']}` },
      stdout: 'ignore',
      stderr: 'ignore',
    });
    // The lease is taken when the work begins.
    const running = async () =>
      (await services.tasks.list(5)).some((task) => task.running && task.subject === project.id);
    while (child.exitCode === null && !(await running())) await Bun.sleep(1);
    await Bun.sleep(ms);
    child.kill('SIGKILL');
    await child.exited;
    await git(server, project, 'fsck', '--strict', '--full');
    await client.ok(['git', 'clone', '-q', rootUrl(server, project), `killed-${ms}`]);
    // A server takes the task over when the lease has ended; here the lease is given up at once.
    await server.db
      .updateTable('tasks')
      .set({ owner: null, lease_until: null })
      .where('kind', '=', 'maintain-repository')
      .execute();
  }
  await services.repositories.maintain(project.id, { full: true, signal: new AbortController().signal });
  await git(server, project, 'fsck', '--strict', '--full');
  const tip = (await client.ok(['git', 'rev-parse', 'main'], { cwd })).stdout;
  expect((await git(server, project, 'rev-parse', 'main')).stdout).toBe(tip);
});
