/**
 * The attack: present a good secret at a door, in a form or beside another one for which it was not meant, and be taken
 * for more than it is. (HackerOne on GitLab #31599: a token for code signs in to the registry; @sigstore/oci
 * CVE-2026-59891.)
 */

import { expect, test } from 'bun:test';
import { basic, privateToken, startApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { PASSWORD } from '../support/seed.ts';

const ALL = ['read_repository', 'read_registry', 'write_registry', 'read_package_registry', 'write_package_registry'];
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

async function scene(engine: 'sqlite' | 'postgres') {
  const app = await startApp(engine);
  const group = await app.seed.group();
  const project = await app.seed.project(group);
  const token = await app.seed.deployToken(project, { scopes: ALL });
  const admin = await app.seed.user({ username: 'ada', password: PASSWORD, admin: true });
  const git = `/${project.full_path}.git/info/refs?service=git-upload-pack`;
  const status = async (path: string, headers: Record<string, string> = {}) =>
    (await app.fetch(path, { headers })).status;
  return { app, project, token, admin, git, status };
}

onEachEngine('credential confusion', (engine) => {
  test('a deploy token opens nothing of the API, in no header, form or query', async () => {
    const { app, project, token, status } = await scene(engine);
    await using _ = app;
    const { username, secret } = token;
    for (const path of [
      '/api/v4/user',
      '/api/v4/projects',
      `/api/v4/projects/${project.id}`,
      `/api/v4/projects/${project.id}/deploy_tokens`,
    ]) {
      for (const headers of [
        privateToken(secret),
        bearer(secret),
        basic(username, secret),
        { 'Deploy-Token': secret },
        { 'Job-Token': secret },
      ])
        expect([path, await status(path, headers)]).toEqual([path, 401]);
      for (const name of ['private_token', 'access_token', 'job_token', 'deploy_token'])
        expect([path, name, await status(`${path}?${name}=${secret}`)]).toEqual([path, name, 401]);
    }
  });

  test('a personal token in the URL is refused and not echoed', async () => {
    const { app, admin, git } = await scene(engine);
    await using _ = app;
    for (const name of ['private_token', 'access_token', 'job_token']) {
      for (const path of [
        `/api/v4/user?${name}=${admin.token}`,
        `${git}&${name}=${admin.token}`,
        `/api/v4/projects?${name}=${admin.token}`,
      ]) {
        const answer = await app.fetch(path);
        const text = `${JSON.stringify([...answer.headers])} ${await answer.text()}`;
        expect([name, answer.status, text.includes(admin.token)]).toEqual([name, 401, false]);
      }
    }
    expect(app.lines.join('\n')).not.toContain(admin.token);
  });

  test('a personal token is no deploy token, a deploy token no password, and a password no token', async () => {
    const { app, token, admin, git, status } = await scene(engine);
    await using _ = app;
    expect(await status(git, { 'Deploy-Token': admin.token })).toBe(401);
    expect(await status(git, { 'Deploy-Token': PASSWORD })).toBe(401);
    expect(await status(git, basic('ada', token.secret))).toBe(401);
    expect(await status(git, basic(token.username, PASSWORD))).toBe(401);
    expect(await status(git, basic(token.username, token.username))).toBe(401);
    expect(await status(git, basic(token.secret, ''))).toBe(401);
    expect(await status(git, bearer(PASSWORD))).toBe(401);
    for (const headers of [
      privateToken(PASSWORD),
      bearer(PASSWORD),
      basic('ada', PASSWORD),
      { 'Deploy-Token': PASSWORD },
    ])
      expect(await status('/api/v4/user', headers)).toBe(401);
  });

  test('of two credentials the weaker does not borrow the strength of the other, and a bad one is not skipped', async () => {
    const { app, project, token, admin, status } = await scene(engine);
    await using _ = app;
    const bad = `glpat-${'A'.repeat(36)}`;
    const path = `/api/v4/projects/${project.id}/deploy_tokens`;
    expect(await status(path, { ...privateToken(bad), ...bearer(admin.token) })).toBe(401);
    expect(await status(path, { ...privateToken(admin.token), 'Deploy-Token': token.secret })).not.toBe(500);
    expect(await status(path, { ...bearer(token.secret), 'Deploy-Token': token.secret })).toBe(401);
    expect(await status('/api/v4/projects', privateToken(bad))).toBe(401);
    expect(await status('/api/v4/projects', bearer('x'))).toBe(401);
    expect(await status('/api/v4/projects', { Authorization: 'Negotiate abc' })).toBe(401);
  });

  test('user names of a deploy token are compared exactly, never by prefix, pattern or case', async () => {
    const { app, project, git, status } = await scene(engine);
    await using _ = app;
    const { secret } = await app.seed.deployToken(project, { username: 'ci.Robot_1' });
    expect(await status(git, basic('ci.Robot_1', secret))).toBe(200);
    for (const wrong of [
      'ci.robot_1',
      'ci.Robot_',
      'ci.Robot_11',
      'ci_Robot_1',
      'ci.Robot_%',
      '%',
      '_',
      '',
      ' ci.Robot_1',
      'ci.Robot_1 ',
      'ci.Robot_1\u0000',
      'ada',
    ])
      expect([wrong, await status(git, basic(wrong, secret))]).toEqual([wrong, 401]);
  });

  test('nothing is looked up by prefix or pattern: secrets, logins, paths, ids (CVE-2026-110697)', async () => {
    const { app, project, token, admin, git, status } = await scene(engine);
    await using _ = app;
    const { secret } = token;
    for (const wrong of [
      `${secret.slice(0, -1)}_`,
      `${secret.slice(0, -1)}%`,
      'gldt-%',
      secret.slice(0, -1),
      `${secret}0`,
      secret.toLowerCase(),
      secret.toUpperCase(),
      ` ${secret}`,
      `${secret}\n`,
      `${secret}\u0000`,
    ])
      expect([wrong, await status(git, basic(token.username, wrong))]).toEqual([wrong, 401]);
    for (const wrong of [
      'glpat-%',
      '%',
      '_',
      admin.token.slice(0, -1),
      `${admin.token}x`,
      `${admin.token.slice(0, -1)}_`,
    ])
      expect([wrong, await status('/api/v4/user', privateToken(wrong))]).toEqual([wrong, 401]);
    for (const login of ['%', '_da', 'a%', 'ad_', 'ada@%', "ada' or '1'='1", 'ada--', 'ada\u0000'])
      expect([login, await status(git, basic(login, PASSWORD))]).toEqual([login, 401]);
    // The password is the whole of it: a longer one, a shorter one and one cut at NUL or at 72 bytes are others
    // (CVE-2024-9683).
    const long = await app.seed.user({ username: 'bob', password: 'x'.repeat(100), admin: true });
    expect(long.username).toBe('bob');
    expect(await status(git, basic('bob', 'x'.repeat(100)))).toBe(200);
    for (const wrong of ['x'.repeat(72), 'x'.repeat(99), 'x'.repeat(101), `${'x'.repeat(100)}\u0000`])
      expect(await status(git, basic('bob', wrong))).toBe(401);
    for (const path of [
      `${project.full_path.slice(0, -1)}_`,
      '%25/%25',
      `${project.full_path.split('/')[0]}/%25`,
      `${project.full_path.split('/')[0]}/_`,
    ]) {
      expect([
        path,
        await status(`/${path}.git/info/refs?service=git-upload-pack`, basic(token.username, secret)),
      ]).toEqual([path, 401]);
      expect(await status(`/api/v4/projects/${path.replace('/', '%2f')}`, privateToken(admin.token))).toBe(404);
    }
    const search = await app.fetch('/api/v4/users?search=%25', { headers: privateToken(admin.token) });
    expect(await search.json()).toEqual([]);
  });

  test('an unknown name costs the same slow hash as a wrong password, whatever was sent', async () => {
    const { app, status, git } = await scene(engine);
    await using _ = app;
    await app.seed.user({ username: 'tokens-only' });
    const hashes: Record<string, number> = {};
    const real = Bun.password.verify;
    for (const [name, login] of Object.entries({
      known: 'ada',
      unknown: 'nobody',
      'without a password': 'tokens-only',
      empty: '',
    })) {
      let count = 0;
      Bun.password.verify = (...args) => {
        count += 1;
        return real(...args);
      };
      try {
        expect(await status(git, basic(login, 'wrong password'))).toBe(401);
      } finally {
        Bun.password.verify = real;
      }
      hashes[name] = count;
    }
    expect(hashes).toEqual({ known: 1, unknown: 1, 'without a password': 1, empty: 1 });
  });
});
