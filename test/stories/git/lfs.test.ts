import { afterAll, beforeAll, expect } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { BY_SYSTEM } from '../../../src/domain/access/confirm.ts';
import type { Project } from '../../../src/domain/projects/projects.ts';
import { setup } from '../../../src/protocols/git/setup.ts';
import { createClient, type TestClient } from '../../support/client.ts';
import { onOneEngine } from '../../support/engines.ts';
import { makeRepository, repositoryUrl, rootUrl } from '../../support/git.ts';
import { needsClient } from '../../support/needs-client.ts';
import { startServer, type TestServer } from '../../support/server.ts';

const lfsTest = needsClient('git-lfs');

onOneEngine('git-lfs', (engine) => {
  let server: TestServer;
  let client: TestClient;
  let project: Project;
  let token: { username: string; secret: string };
  const bytes = randomBytes(3_000_000);
  beforeAll(async () => {
    server = await startServer(engine);
    client = createClient();
    const group = await server.seed.group();
    project = await server.seed.project(group);
    token = await server.seed.deployToken(group);
  });
  afterAll(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  const lfsRequests = () => server.logs.filter((line) => line.includes('"protocol":"lfs"')).length;

  lfsTest('a user pushes a large file, and a deploy token clones it', async () => {
    await client.ok(['git', 'lfs', 'install', '--skip-repo']);
    const cwd = await makeRepository(client, 'source');
    await client.ok(['git', 'lfs', 'track', '--lockable', '*.bin'], { cwd });
    await Bun.write(join(cwd, 'large.bin'), bytes);
    await client.ok(['git', 'add', '.gitattributes', 'large.bin'], { cwd });
    await client.ok(['git', 'commit', '-qm', 'a large file'], { cwd });
    await client.ok(['git', 'remote', 'add', 'origin', rootUrl(server, project)], { cwd });
    await client.ok(['git', 'push', '-q', 'origin', 'main'], { cwd });
    const pointer = (await client.ok(['git', 'show', 'main:large.bin'], { cwd })).stdout;
    expect(pointer).toContain('size 3000000');

    const before = lfsRequests();
    await client.ok(['git', 'clone', '-q', repositoryUrl(server, project, token), 'copy']);
    expect(Buffer.from(await Bun.file(client.path('copy/large.bin')).bytes()).equals(bytes)).toBe(true);
    await Bun.sleep(100);
    // A batch and an object, and at most one more of each for a client that gets a challenge first.
    expect(lfsRequests() - before).toBeLessThanOrEqual(4);
  });

  lfsTest(
    'the line for a pipeline clones a repository with large files, as does a header that all requests send',
    async () => {
      const [, , , snippet] = setup({
        base: server.url,
        projectPath: project.full_path,
        username: token.username,
        token: token.secret,
      });
      expect(snippet?.text).toContain('credential.helper');
      const basic = Buffer.from(`${token.username}:${token.secret}`).toString('base64');
      const url = repositoryUrl(server, project);
      for (const line of [
        snippet?.text ?? '',
        `git -c "http.extraHeader=Authorization: Basic ${basic}" clone ${url}`,
      ]) {
        using pipeline = createClient();
        await pipeline.ok(['git', 'lfs', 'install', '--skip-repo']);
        await pipeline.ok(['sh', '-ec', line]);
        const copied = await Bun.file(pipeline.path(`${project.path}/large.bin`)).bytes();
        expect(Buffer.from(copied).equals(bytes)).toBe(true);
      }
    },
  );

  lfsTest('a second push sends nothing again', async () => {
    const cwd = client.path('source');
    await Bun.write(join(cwd, 'again.bin'), bytes);
    await client.ok(['git', 'add', 'again.bin'], { cwd });
    await client.ok(['git', 'commit', '-qm', 'the same again'], { cwd });
    const puts = () => server.logs.filter((line) => line.includes('"method":"PUT"')).length;
    const before = puts();
    await client.ok(['git', 'push', '-q', 'origin', 'main'], { cwd });
    expect(puts()).toBe(before);
  });

  lfsTest('locks are made, listed, and ended', async () => {
    const cwd = client.path('source');
    const url = `lfs.${rootUrl(server, project)}/info/lfs.locksverify`;
    await client.ok(['git', 'config', url, 'true'], { cwd });
    const locked = await client.ok(['git', 'lfs', 'lock', 'large.bin'], { cwd });
    expect(locked.output).toContain('Locked large.bin');
    expect((await client.ok(['git', 'lfs', 'locks'], { cwd })).stdout).toMatch(/large\.bin\s+root\s+ID:\d+/);
    const seen = await client.ok(['git', 'lfs', 'locks'], { cwd: client.path('copy') });
    expect(seen.stdout).toContain('large.bin');
    const refused = await client.run(['git', 'lfs', 'unlock', '--force', 'large.bin'], { cwd: client.path('copy') });
    expect(refused.code).not.toBe(0);
    await client.ok(['git', 'commit', '-q', '--allow-empty', '-m', 'verified'], { cwd });
    await client.ok(['git', 'push', '-q', 'origin', 'main'], { cwd });
    await client.ok(['git', 'lfs', 'unlock', 'large.bin'], { cwd });
    expect((await client.ok(['git', 'lfs', 'locks'], { cwd })).stdout).toBe('');
  });

  lfsTest('an upload with a deploy token is refused at once, with the reason', async () => {
    const cwd = client.path('copy');
    await Bun.write(join(cwd, 'mine.bin'), randomBytes(1000));
    await client.ok(['git', 'add', 'mine.bin'], { cwd });
    await client.ok(['git', 'commit', '-qm', 'mine'], { cwd });
    const before = lfsRequests();
    const { code, output } = await client.run(['git', 'lfs', 'push', 'origin', 'main'], { cwd, timeoutSeconds: 20 });
    expect(code).not.toBe(0);
    expect(code).not.toBe(124);
    expect(output).toContain('You are not allowed to upload code.');
    await Bun.sleep(100);
    expect(lfsRequests() - before).toBeLessThanOrEqual(6);
  });

  lfsTest('a token that was revoked after the clone fetches no object, and does not spin', async () => {
    const shortLived = await server.seed.deployToken(project);
    const url = repositoryUrl(server, project, shortLived);
    await client.ok(['git', 'clone', '-q', url, 'late'], { env: { GIT_LFS_SKIP_SMUDGE: '1' } });
    const owner = { kind: 'project', id: project.id, path: project.full_path } as const;
    await server.services.deployTokens.revoke(owner, shortLived.id, BY_SYSTEM);
    const before = lfsRequests();
    const pulled = await client.run(['git', 'lfs', 'pull'], { cwd: client.path('late'), timeoutSeconds: 20 });
    expect(pulled.code).not.toBe(0);
    expect(pulled.code).not.toBe(124);
    await Bun.sleep(100);
    expect(lfsRequests() - before).toBeLessThanOrEqual(8);
  });
});
