import { afterAll, beforeAll, expect, test } from 'bun:test';
import { BY_SYSTEM } from '../../../src/domain/access/confirm.ts';
import type { Group } from '../../../src/domain/groups/groups.ts';
import type { Project } from '../../../src/domain/projects/projects.ts';
import { HOUR } from '../../../src/lib/clock.ts';
import { createClient, type TestClient } from '../../support/client.ts';
import { onOneEngine } from '../../support/engines.ts';
import { repositoryUrl, seedRepository } from '../../support/git.ts';
import { startServer, type TestServer } from '../../support/server.ts';

onOneEngine('git with a deploy token', (engine) => {
  let server: TestServer;
  let client: TestClient;
  let group: Group;
  let project: Project;
  let token: { id: number; username: string; secret: string };
  beforeAll(async () => {
    server = await startServer(engine);
    client = createClient();
    group = await server.seed.group();
    project = await server.seed.project(group);
    token = await server.seed.deployToken(project);
    await seedRepository(server, client, project, 3);
  });
  afterAll(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  let copies = 0;
  const clone = (url: string, ...more: string[]) =>
    client.run(['git', ...more, 'clone', '-q', url, `copy-${++copies}`]);
  const expectCopy = async () => {
    const { stdout } = await client.ok(['git', 'log', '--format=%s'], { cwd: client.path(`copy-${copies}`) });
    expect(stdout).toBe('commit 3\ncommit 2\ncommit 1\n');
  };

  test('A176 git clones a private repository with the token in the URL', async () => {
    expect((await clone(repositoryUrl(server, project, token))).output).toBe('');
    await expectCopy();
  });

  test('a wrong secret, another token’s secret, a wrong user name and missing credentials are refused', async () => {
    const other = await server.seed.deployToken(await server.seed.project(group));
    const wrong = [
      { username: token.username, secret: `${token.secret.slice(0, -1)}${token.secret.endsWith('0') ? '1' : '0'}` },
      { username: token.username, secret: other.secret },
      { username: 'somebody', secret: token.secret },
      { username: token.username.toUpperCase(), secret: token.secret },
    ];
    for (const as of wrong) {
      const { code, output } = await clone(repositoryUrl(server, project, as));
      expect(code).toBe(128);
      expect(output).toContain('remote: HTTP Basic: Access denied.');
      expect(output).toContain('Authentication failed');
    }
    const nobody = await clone(repositoryUrl(server, project));
    expect(nobody.code).toBe(128);
  });

  test('a token is revoked between two fetches: the second one fails', async () => {
    const shortLived = await server.seed.deployToken(project);
    expect((await clone(repositoryUrl(server, project, shortLived))).code).toBe(0);
    const cwd = client.path(`copy-${copies}`);
    await client.ok(['git', 'fetch', '-q'], { cwd });
    const owner = { kind: 'project', id: project.id, path: project.full_path } as const;
    await server.services.deployTokens.revoke(owner, shortLived.id, BY_SYSTEM);
    const { code, output } = await client.run(['git', 'fetch', '-q'], { cwd });
    expect(code).toBe(128);
    expect(output).toContain('Authentication failed');
  });

  test('a token works until its expiry and not after', async () => {
    const inAnHour = new Date(Date.now() + HOUR).toISOString();
    const ending = await server.seed.deployToken(project, { expiresAt: inAnHour });
    expect((await clone(repositoryUrl(server, project, ending))).output).toBe('');
    const past = Date.now() - 1;
    await server.db.updateTable('deploy_tokens').set({ expires_at: past }).where('id', '=', ending.id).execute();
    const { code, output } = await client.run(['git', 'fetch', '-q'], { cwd: client.path(`copy-${copies}`) });
    expect(code).toBe(128);
    expect(output).toContain('Authentication failed');
  });

  test('the credential store keeps a token and uses it again; it erases a refused one', async () => {
    const host = server.url.replace('http://', '');
    const file = `${client.home}/.git-credentials`;
    const store = ['-c', 'credential.helper=store'];
    await Bun.write(file, `http://${encodeURIComponent(token.username)}:${token.secret}@${host}\n`);
    expect((await clone(repositoryUrl(server, project), ...store)).output).toBe('');
    await expectCopy();
    expect(await Bun.file(file).text()).toContain(token.secret);
    await Bun.write(file, `http://${encodeURIComponent(token.username)}:gldt-wrong@${host}\n`);
    expect((await clone(repositoryUrl(server, project), ...store)).code).toBe(128);
    expect(await Bun.file(file).text()).toBe('');
  });

  test('git reads the token from netrc', async () => {
    const home = createClient();
    await Bun.write(`${home.home}/.netrc`, `machine 127.0.0.1 login ${token.username} password ${token.secret}\n`);
    await home.ok(['git', 'clone', '-q', repositoryUrl(server, project), 'copy']);
    home[Symbol.dispose]();
  });

  test('an Authorization header in the configuration, as CI runners set it', async () => {
    const basic = Buffer.from(`${token.username}:${token.secret}`).toString('base64');
    expect(
      (await clone(repositoryUrl(server, project), '-c', `http.extraHeader=Authorization: Basic ${basic}`)).code,
    ).toBe(0);
    await expectCopy();
  });

  test('a push is refused with the reason, before any data is sent', async () => {
    await clone(repositoryUrl(server, project, token));
    const cwd = client.path(`copy-${copies}`);
    await client.ok(['git', 'commit', '-q', '--allow-empty', '-m', 'mine'], { cwd });
    const before = server.logs.filter((line) => line.includes('"msg":"request"')).length;
    const { code, output } = await client.run(['git', 'push', '-q', 'origin', 'main'], { cwd, timeoutSeconds: 20 });
    expect(code).toBe(128);
    expect(output).toContain('You are not allowed to upload code.');
    expect(output).toContain('A deploy token can never');
    await Bun.sleep(100);
    expect(server.logs.filter((line) => line.includes('"msg":"request"')).length - before).toBeLessThanOrEqual(2);
  });

  test('no log line contains a secret, at any level', () => {
    const text = server.logs.join('\n');
    expect(text).toContain('git-upload-pack');
    expect(text).not.toContain(token.secret);
    expect(text).not.toContain(Buffer.from(`${token.username}:${token.secret}`).toString('base64'));
  });
});
