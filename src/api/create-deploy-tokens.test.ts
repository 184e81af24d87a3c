import { expect, test } from 'bun:test';
import { apiClient } from '../../test/support/api-client.ts';
import { basic } from '../../test/support/app.ts';
import { onEachApp } from '../../test/support/on-each-app.ts';
import { DEPLOY_TOKEN_SCOPES } from '../domain/deploy-tokens/scopes.ts';

onEachApp('creating deploy tokens', (started) => {
  const prepare = async () => {
    const app = await started;
    const group = await app.seed.group(null, { visibility: 'public' });
    const project = await app.seed.project(group);
    const as = async (role: Parameters<typeof app.seed.member>[1]) =>
      apiClient(app, (await app.seed.member(group, role)).token);
    return {
      ...app,
      project,
      paths: [`/projects/${project.id}/deploy_tokens`, `/groups/${group.id}/deploy_tokens`] as const,
      maintainer: await as('maintainer'),
      developer: await as('developer'),
      owner: await as('owner'),
      nobody: apiClient(app),
    };
  };

  test('A108 on a public group an anonymous caller gets 403', async () => {
    const { nobody, paths } = await prepare();
    const { status, body } = await nobody.post(paths[1], { name: 'x', scopes: ['read_repository'] });
    expect([status, body.message]).toEqual([403, '403 Forbidden']);
  });

  test('A109 a developer may not create one, for a project or a group', async () => {
    const { developer, maintainer, paths } = await prepare();
    for (const path of paths) {
      expect((await developer.post(path, { name: 'x', scopes: ['read_repository'] })).status).toBe(403);
      expect((await maintainer.get(path)).rows).toEqual([]);
    }
  });

  test('A112 an owner creates one for a group, and so does a maintainer', async () => {
    const { owner, maintainer, paths } = await prepare();
    for (const who of [owner, maintainer]) {
      const { status, body } = await who.post(paths[1], { name: 'x', scopes: ['read_repository'] });
      expect([status, body.scopes]).toEqual([201, ['read_repository']]);
    }
  });

  test('A113 A114 A116 each scope alone is exactly that scope', async () => {
    const { maintainer, paths } = await prepare();
    for (const path of paths)
      for (const scope of DEPLOY_TOKEN_SCOPES) {
        const { status, body } = await maintainer.post(path, { name: scope, scopes: [scope] });
        expect([status, body.scopes]).toEqual([201, [scope]]);
      }
  });

  test('A118 A128 all scopes, as a list or as a text with commas, come in canonical order', async () => {
    const { maintainer, paths } = await prepare();
    const backwards = DEPLOY_TOKEN_SCOPES.toReversed();
    for (const scopes of [backwards, backwards.join(','), ` ${backwards.join(' , ')} `]) {
      const { status, body } = await maintainer.post(paths[0], { name: 'all', scopes });
      expect([status, body.scopes]).toEqual([201, [...DEPLOY_TOKEN_SCOPES]]);
    }
  });

  test('A121 only a name and scopes: the default user name and no expiry; the secret is the last key', async () => {
    const { maintainer, paths } = await prepare();
    const { body } = await maintainer.post(paths[0], { name: 'MyToken', scopes: ['read_repository', 'read_registry'] });
    expect(Object.entries(body)).toEqual([
      ['id', body.id],
      ['name', 'MyToken'],
      ['username', `gitlab+deploy-token-${body.id}`],
      ['expires_at', null],
      ['scopes', ['read_repository', 'read_registry']],
      ['revoked', false],
      ['expired', false],
      ['token', expect.stringMatching(/^gldt-[A-Za-z0-9]{36}$/)],
    ]);
  });

  test('empty texts for the user name and the expiry, as Terraform sends them, are as if they were not there', async () => {
    const { maintainer, paths } = await prepare();
    const sent = { name: 'x', scopes: ['read_registry'], username: '', expires_at: '' };
    const { status, body } = await maintainer.post(paths[0], sent);
    expect([status, body.username, body.expires_at]).toEqual([201, `gitlab+deploy-token-${body.id}`, null]);
    const nulls = await maintainer.post(paths[0], { ...sent, username: null, expires_at: null });
    expect(nulls.status).toBe(201);
  });

  test('an expiry is a date or an instant in any zone, and comes back as the same instant', async () => {
    const { maintainer, paths } = await prepare();
    const shown = async (expires_at: string) =>
      (await maintainer.post(paths[0], { name: 'x', scopes: ['read_registry'], expires_at })).body.expires_at;
    expect(await shown('2026-05-01')).toBe('2026-05-01T00:00:00.000Z');
    expect(await shown('2026-05-01T10:00:00+02:00')).toBe('2026-05-01T08:00:00.000Z');
    expect(await shown('2026-05-01T10:00:00.123Z')).toBe('2026-05-01T10:00:00.123Z');
  });

  test('A122 a scope that does not exist, beside one that does: 400, nothing created, and which there are', async () => {
    const { maintainer, paths } = await prepare();
    const { status, body } = await maintainer.post(paths[0], { name: 'x', scopes: ['read_repository', 'all_access'] });
    expect([status, body.error]).toEqual([400, 'scopes does not have a valid value']);
    for (const scope of DEPLOY_TOKEN_SCOPES) expect(body.reason).toContain(scope);
    expect((await maintainer.get(paths[0])).rows).toEqual([]);
  });

  test('A124 A125 what is missing is named, all of it at once', async () => {
    const { maintainer, paths } = await prepare();
    const error = async (sent: object) => {
      const { status, body } = await maintainer.post(paths[0], sent);
      return [status, body.error];
    };
    expect(await error({ scopes: ['read_repository'] })).toEqual([400, 'name is missing']);
    expect(await error({ name: 'x' })).toEqual([400, 'scopes is missing']);
    expect(await error({})).toEqual([400, 'name is missing, scopes is missing']);
  });

  test("A126 an empty list of scopes: Scopes can't be blank", async () => {
    const { maintainer, paths } = await prepare();
    for (const scopes of [[], '']) {
      const { status, body } = await maintainer.post(paths[0], { name: 'x', scopes });
      expect([status, body]).toEqual([400, { message: "Scopes can't be blank", field: 'scopes' }]);
    }
  });

  test('A005 A008 A009 violations of the rules for names and user names get their own messages', async () => {
    const { maintainer, paths } = await prepare();
    const message = async (sent: object) => {
      const { status, body } = await maintainer.post(paths[0], { name: 'x', scopes: ['read_repository'], ...sent });
      return status === 201 ? status : body.message;
    };
    const characters = "Username can contain only letters, digits, '_', '-', '+', and '.'";
    for (const username of ['<script>', 'a b', 'a/b', 'a@b', 'a:b'])
      expect(await message({ username })).toBe(characters);
    expect(await message({ username: 'u'.repeat(255) })).toBe(201);
    expect(await message({ username: 'u'.repeat(256) })).toBe('Username is too long (maximum is 255 characters)');
    expect(await message({ name: '' })).toBe("Name can't be blank");
    expect(await message({ name: 'n'.repeat(256) })).toBe('Name is too long (maximum is 255 characters)');
  });

  test('an expiry that is none is 400 and says what is', async () => {
    const { maintainer, paths } = await prepare();
    for (const expires_at of ['tomorrow', '2026-02-30', '14.02.2027', 20270214]) {
      const { status, body } = await maintainer.post(paths[0], { name: 'x', scopes: ['read_repository'], expires_at });
      expect([status, body.error]).toEqual([400, 'expires_at is invalid']);
      expect(body.reason).toBeString();
    }
  });

  test('A129 the secret is never shown again, and is in no log', async () => {
    const { maintainer, paths, lines } = await prepare();
    const { token, id } = (await maintainer.post(paths[0], { name: 'x', scopes: ['read_repository'] })).body;
    expect((await maintainer.get(`${paths[0]}/${id}`)).body).not.toContainKey('token');
    expect(JSON.stringify((await maintainer.get(paths[0])).body)).not.toContain(token);
    expect(lines.filter((line) => line.includes(token) || line.includes(token.slice(5)))).toEqual([]);
  });

  test('A130 an expiry in the past is accepted: expired is true, and it opens nothing', async () => {
    const { maintainer, paths, fetch, project } = await prepare();
    for (const expires_at of ['2020-01-01', '2026-03-01', '2026-03-01T12:00:00Z']) {
      const made = await maintainer.post(paths[0], { name: 'x', scopes: ['read_repository'], expires_at });
      expect([made.status, made.body.expired]).toEqual([201, true]);
      const headers = basic(made.body.username, made.body.token);
      const git = await fetch(`/${project.full_path}.git/info/refs?service=git-upload-pack`, { headers });
      expect(git.status).toBe(401);
    }
  });
});
