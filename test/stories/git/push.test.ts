import { afterAll, beforeAll, expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Group } from '../../../src/domain/groups/groups.ts';
import { createClient, type TestClient } from '../../support/client.ts';
import { onOneEngine } from '../../support/engines.ts';
import {
  addCommits,
  makeRepository,
  repositoryFolder,
  repositoryUrl,
  rootUrl,
  seedRepository,
} from '../../support/git.ts';
import { startServer, type TestServer } from '../../support/server.ts';

const MEGABYTE = 1024 * 1024;

onOneEngine('git push', (engine) => {
  let server: TestServer;
  let client: TestClient;
  let group: Group;
  let token: { username: string; secret: string };
  beforeAll(async () => {
    server = await startServer(engine, { POSTERN_MAX_PUSH_SIZE: '20MiB' });
    client = createClient();
    group = await server.seed.group();
    token = await server.seed.deployToken(group);
  });
  afterAll(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  /** The bare repository of a project. */
  const stored = (id: number) => repositoryFolder(join(server.folder, 'repositories'), id);

  test('HEAD follows the first branch that is pushed, and an immediate clone checks it out', async () => {
    const cwd = await makeRepository(client, 'trunk', 2, 'trunk');
    for (const [branches, expected] of [
      [['trunk'], 'trunk'],
      [['alpha', 'trunk'], 'alpha'],
      [['alpha', 'master', 'trunk'], 'master'],
      [['alpha', 'main', 'master'], 'main'],
    ] as const) {
      const project = await server.seed.project(group);
      for (const branch of branches) await client.run(['git', 'branch', branch, 'trunk'], { cwd });
      await client.ok(['git', 'push', '-q', rootUrl(server, project), ...branches], { cwd });
      const copy = `head-${project.id}`;
      await client.ok(['git', 'clone', '-q', repositoryUrl(server, project, token), copy]);
      const { stdout } = await client.ok(['git', 'symbolic-ref', '--short', 'HEAD'], { cwd: client.path(copy) });
      expect(stdout.trim()).toBe(expected);
      expect(await Bun.file(client.path(copy, 'file.txt')).text()).toBe('line 1\nline 2\n');
    }
  });

  test('HEAD stays as it is once it names an existing branch', async () => {
    const project = await server.seed.project(group);
    const cwd = await makeRepository(client, 'stays', 1, 'trunk');
    await client.ok(['git', 'push', '-q', rootUrl(server, project), 'trunk'], { cwd });
    await client.ok(['git', 'push', '-q', rootUrl(server, project), 'trunk:main'], { cwd });
    const { stdout } = await client.ok(['git', 'ls-remote', '--symref', repositoryUrl(server, project, token), 'HEAD']);
    expect(stdout).toStartWith('ref: refs/heads/trunk\tHEAD');
  });

  test('a push that git sends in chunks, after its probe', async () => {
    const project = await server.seed.project(group);
    const cwd = await makeRepository(client, 'chunked');
    await Bun.write(join(cwd, 'noise.bin'), randomBytes(5 * MEGABYTE));
    await client.ok(['git', 'add', '.'], { cwd });
    await client.ok(['git', 'commit', '-qm', 'noise'], { cwd });
    const { stderr } = await client.ok(['git', 'push', '-q', rootUrl(server, project), 'main'], {
      cwd,
      env: { GIT_TRACE_CURL: '1', GIT_TRACE_CURL_NO_DATA: '1' },
    });
    expect(stderr).toContain('Transfer-Encoding: chunked');
    expect(stderr).toContain('Content-Length: 4');
    await client.ok(['git', 'fsck', '--full', '--strict'], { cwd: stored(project.id) });
  });

  test('a push over the size limit is refused with the reason and leaves no files', async () => {
    const project = await server.seed.project(group);
    const cwd = await makeRepository(client, 'large');
    await Bun.write(join(cwd, 'noise.bin'), randomBytes(24 * MEGABYTE));
    await client.ok(['git', 'add', '.'], { cwd });
    await client.ok(['git', 'commit', '-qm', 'too large'], { cwd });
    const { code, output } = await client.run(['git', 'push', rootUrl(server, project), 'main'], { cwd });
    expect(code).not.toBe(0);
    expect(output).toContain('pack exceeds maximum allowed size');
    await client.ok(['git', 'push', '-q', rootUrl(server, project), 'main~1:refs/heads/small'], { cwd });
    expect(readdirSync(join(stored(project.id), 'objects')).filter((name) => name.startsWith('tmp'))).toEqual([]);
  });

  test('a client that disconnects in the middle of a push leaves no ref and no temporary files', async () => {
    const project = await server.seed.project(group);
    const cwd = await makeRepository(client, 'aborted');
    await Bun.write(join(cwd, 'noise.bin'), randomBytes(15 * MEGABYTE));
    await client.ok(['git', 'add', '.'], { cwd });
    await client.ok(['git', 'commit', '-qm', 'noise'], { cwd });
    const slow = ['curl', '-s', '--limit-rate', '2M', '-o', client.path('answer'), '--data-binary', '@request'];
    const request = await client.ok(['git', 'pack-objects', '--all', '--stdout', '-q'], {
      cwd: client.path('aborted'),
    });
    expect(request.code).toBe(0);
    const head = (await client.ok(['git', 'rev-parse', 'main'], { cwd })).stdout.trim();
    const line = `${'0'.repeat(40)} ${head} refs/heads/main\0 report-status`;
    const command = `${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`;
    await Bun.write(client.path('command'), command);
    const pack = `git -C ${cwd} pack-objects --all --stdout -q </dev/null`;
    const address = `${rootUrl(server, project)}/git-receive-pack`;
    const type = 'Content-Type: application/x-git-receive-pack-request';
    const folder = join(stored(project.id), 'objects');
    // Disconnects as soon as the server has begun to write the pack.
    const script = `{ cat command; ${pack}; } > request; ${slow.join(' ')} -H '${type}' '${address}' & sending=$!
      until ls '${folder}' 2>/dev/null | grep -q '^tmp'; do kill -0 $sending || exit 1; sleep 0.05; done; kill $sending`;
    await client.ok(['sh', '-c', script], { timeoutSeconds: 120 });
    for (let i = 0; i < 100 && readdirSync(folder).some((name) => name.startsWith('tmp')); i++) await Bun.sleep(50);
    expect(readdirSync(folder).filter((name) => name.startsWith('tmp'))).toEqual([]);
    const { stdout } = await client.ok(['git', 'ls-remote', repositoryUrl(server, project, token)]);
    expect(stdout).toBe('');
    await client.ok(['git', 'push', '-q', rootUrl(server, project), 'main'], { cwd });
  });

  test('--atomic, --force-with-lease and push options work; branches and tags can be deleted', async () => {
    const project = await server.seed.project(group);
    const cwd = await seedRepository(server, client, project, 3);
    const url = rootUrl(server, project);
    const push = (...args: string[]) => client.run(['git', 'push', '-q', ...args], { cwd });
    await client.ok(['git', 'tag', 'v1', 'main~1'], { cwd });
    expect((await push('--atomic', url, 'main', 'v1', 'main:refs/heads/copy')).code).toBe(0);
    expect((await push('--atomic', url, 'main~2:refs/heads/copy', 'main:refs/heads/new')).code).not.toBe(0);
    expect((await push('--force-with-lease=copy:main~2', url, 'main~1:refs/heads/copy')).code).not.toBe(0);
    expect((await push('--force-with-lease=copy:main', url, 'main~1:refs/heads/copy')).code).toBe(0);
    expect((await push('-o', 'ci.skip', url, 'main:refs/heads/option')).code).toBe(0);
    expect((await push(url, ':copy', ':refs/tags/v1')).code).toBe(0);
    const { stdout } = await client.ok(['git', 'ls-remote', repositoryUrl(server, project, token)]);
    expect(stdout.match(/refs\/\S+/g)).toEqual(['refs/heads/main', 'refs/heads/option']);
  });

  test('malformed objects are refused', async () => {
    const project = await server.seed.project(group);
    const cwd = await makeRepository(client, 'malformed');
    const blob = (await client.ok(['git', 'rev-parse', 'main:file.txt'], { cwd })).stdout.trim();
    const entry = Buffer.concat([Buffer.from('100644 .git\0'), Buffer.from(blob, 'hex')]);
    const hash = ['git', 'hash-object', '--literally', '-w', '-t', 'tree', '--stdin'];
    const tree = (await client.ok(hash, { cwd, stdin: entry })).stdout.trim();
    const commit = (await client.ok(['git', 'commit-tree', tree, '-m', 'a trap'], { cwd })).stdout.trim();
    const { code, output } = await client.run(['git', 'push', rootUrl(server, project), `${commit}:refs/heads/main`], {
      cwd,
    });
    expect(code).not.toBe(0);
    expect(output).toContain('hasDotgit');
    expect((await client.ok(['git', 'ls-remote', repositoryUrl(server, project, token)])).stdout).toBe('');
  });

  test('hooks and settings in the repository are not used', async () => {
    const project = await server.seed.project(group);
    const cwd = await seedRepository(server, client, project);
    const mark = client.path('mark');
    await Bun.write(join(stored(project.id), 'hooks/post-receive'), `#!/bin/sh\ntouch ${mark}\n`);
    await client.ok(['chmod', '+x', join(stored(project.id), 'hooks/post-receive')]);
    const settings = join(stored(project.id), 'config');
    const hooks = ['git', 'config', '-f', settings];
    await client.ok([...hooks, 'core.hooksPath', join(stored(project.id), 'hooks')]);
    await client.ok([...hooks, 'uploadpack.packObjectsHook', `touch ${mark};`]);
    await addCommits(client, cwd, 1, 'main');
    await client.ok(['git', 'push', '-q', rootUrl(server, project), 'main'], { cwd });
    await client.ok(['git', 'clone', '-q', repositoryUrl(server, project, token), 'unhooked']);
    expect(await Bun.file(mark).exists()).toBe(false);
  });
});
