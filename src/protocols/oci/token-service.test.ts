import { expect, test } from 'bun:test';
import { basic, startApp, type TestApp } from '../../../test/support/app.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { bearer, claimsOf, codesOf, createRegistryClient } from '../../../test/support/registry.ts';
import type { Visibility } from '../../store/db/schema.ts';

const BOTH = ['read_registry', 'write_registry'];

async function setUp({ seed }: TestApp, visibility: Visibility, scopes: string[]) {
  const group = await seed.group(null, { visibility });
  const project = await seed.project(group, { visibility });
  return { group, project, token: await seed.deployToken(project, { scopes }), image: project.full_path };
}

async function addMember({ db, seed }: TestApp, projectId: number, access_level: number) {
  const user = await seed.user();
  const row = { user_id: user.id, project_id: projectId, namespace_id: null, access_level };
  await db
    .insertInto('members')
    .values({ ...row, expires_at: null, created_by: null, created_at: 0 })
    .execute();
  return { username: user.username, secret: user.token };
}

onEachApp('registry token service', (started, engine) => {
  const client = async () => ({ app: await started, ...createRegistryClient(await started) });

  test('A212 a read_registry token gets a bearer token', async () => {
    const { app, ask } = await client();
    const { token } = await setUp(app, 'private', ['read_registry']);
    const response = await ask(token);
    expect(response.status).toBe(200);
    const body = (await response.json()) as Record<string, unknown>;
    expect(body).toEqual({
      token: expect.any(String),
      access_token: body['token'],
      expires_in: 300,
      issued_at: '2026-03-01T12:00:00.000Z',
    });
    expect(claimsOf(String(body['token']))).toMatchObject({ iss: 'postern', aud: 'container_registry', sub: '' });
  });

  test('A213 no user is logged for a deploy token', async () => {
    const { app, ask } = await client();
    const { token } = await setUp(app, 'private', ['read_registry']);
    const before = app.lines.length;
    await ask(token);
    const [line] = app.lines.slice(before).filter((text) => text.includes('/jwt/auth'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ actor: 'deployToken', actor_id: token.id });
  });

  test('A216 without credentials what is public can be pulled, and not pushed', async () => {
    const { app, granted } = await client();
    const { image } = await setUp(app, 'public', ['read_registry']);
    expect(await granted(null, `repository:${image}:pull,push`)).toMatchObject([{ name: image, actions: ['pull'] }]);
  });

  test('without credentials and with nothing granted the answer is 403 DENIED', async () => {
    const { app, ask } = await client();
    const { image } = await setUp(app, 'private', ['read_registry']);
    for (const scopes of [[], [`repository:${image}:pull`]]) {
      const response = await ask(null, ...scopes);
      expect(response.status).toBe(403);
      expect(await codesOf(response)).toEqual(['DENIED']);
    }
  });

  test('A217 wrong credentials are answered 401 UNAUTHORIZED', async () => {
    const { app, ask } = await client();
    const { token } = await setUp(app, 'private', ['read_registry']);
    for (const login of [
      { username: 'someone-else', secret: token.secret },
      { username: token.username, secret: `${token.secret}x` },
    ]) {
      const response = await ask(login);
      expect(response.status).toBe(401);
      const { errors } = (await response.json()) as { errors: [{ code: string; message: string }] };
      expect(errors[0].code).toBe('UNAUTHORIZED');
      expect(errors[0].message).toStartWith('HTTP Basic: Access denied.');
    }
  });

  test('too many wrong credentials are 429 TOOMANYREQUESTS, with the time to come back', async () => {
    const { app } = await client();
    const guess = (n: number) => {
      const headers = basic('someone', `guess ${n}`);
      return app.fetch('/jwt/auth?service=container_registry', { ip: '192.0.2.77', headers });
    };
    let answer = await guess(0);
    for (let n = 1; n < 200 && answer.status === 401; n++) answer = await guess(n);
    expect([answer.status, await codesOf(answer)]).toEqual([429, ['TOOMANYREQUESTS']]);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('A220 several scopes in one parameter, and in several', async () => {
    const { app, granted } = await client();
    const { image, token } = await setUp(app, 'private', BOTH);
    const a = `repository:${image}:pull`;
    const b = `repository:${image}/sub:push`;
    const expected = [
      { name: image, actions: ['pull'] },
      { name: `${image}/sub`, actions: ['push'] },
    ];
    expect(await granted(token, `${a} ${b}`)).toMatchObject(expected);
    expect(await granted(token, a, b)).toMatchObject(expected);
  });

  test('a slash at the end of the address is ignored: people write it into settings of clients', async () => {
    const { app } = await client();
    const { token } = await setUp(app, 'private', BOTH);
    const headers = basic(token.username, token.secret);
    const response = await app.fetch('/jwt/auth/?service=container_registry', { headers });
    expect([response.status, Object.keys((await response.json()) as object)]).toEqual([
      200,
      ['token', 'access_token', 'expires_in', 'issued_at'],
    ]);
  });

  test('A221 an unknown service is 404', async () => {
    const { app } = await client();
    const { token } = await setUp(app, 'private', BOTH);
    for (const query of ['', '?service=other', '?service=dependency_proxy']) {
      const response = await app.fetch(`/jwt/auth${query}`, { headers: basic(token.username, token.secret) });
      expect(response.status).toBe(404);
    }
  });

  for (const [id, visibility] of [
    ['A224', 'public'],
    ['A225', 'internal'],
    ['A226', 'private'],
  ] as const) {
    test(`${id} a token with both scopes pulls from and pushes to its ${visibility} project`, async () => {
      const { app, granted } = await client();
      const { image, token } = await setUp(app, visibility, BOTH);
      for (const actions of ['pull', 'push', 'pull,push', 'push,pull']) {
        const [entry] = await granted(token, `repository:${image}:${actions}`);
        expect(entry?.actions.toSorted()).toEqual(actions.split(',').toSorted());
      }
    });
  }

  test('A228 A229 signing in without a scope: the bearer token says whose it is', async () => {
    const { app, ask } = await client();
    const { token } = await setUp(app, 'private', BOTH);
    const claims = claimsOf(((await (await ask(token)).json()) as { token: string }).token);
    expect(claims).toMatchObject({ auth_type: 'deploy_token', access: [] });
    expect(claimsOf(claims.user ?? '').user_info).toEqual({
      token_type: 'deploy_token',
      username: token.username,
      deploy_token_id: token.id,
    });
  });

  test('A232 A238 a token without read_registry, and one of elsewhere, pull what is public', async () => {
    const { app, granted } = await client();
    const { image, token } = await setUp(app, 'public', ['write_registry']);
    const elsewhere = await setUp(app, 'private', ['read_registry']);
    for (const login of [token, elsewhere.token])
      expect(await granted(login, `repository:${image}:pull`)).toMatchObject([{ name: image, actions: ['pull'] }]);
  });

  test('A233 a token without read_registry, and one of elsewhere, get nothing of a registry for members alone', async () => {
    const { app, ask, granted } = await client();
    const { project, image, token } = await setUp(app, 'public', ['write_registry']);
    const features = { registry: 'private' } as const;
    await app.services.projects.update(project, { features }, app.by);
    const elsewhere = await setUp(app, 'private', BOTH);
    for (const login of [token, elsewhere.token]) {
      const response = await ask(login, `repository:${image}:pull`);
      expect(response.status).toBe(200);
      expect(claimsOf(((await response.json()) as { token: string }).token).access).toEqual([]);
    }
    // As with a private project.
    expect((await ask(null, `repository:${image}:pull`)).status).toBe(403);
    // The access that its scope allows stays.
    expect(await granted(token, `repository:${image}:push`)).toMatchObject([{ name: image, actions: ['push'] }]);
    const reader = await app.seed.deployToken(project, { scopes: ['read_registry'] });
    expect(await granted(reader, `repository:${image}:pull`)).toMatchObject([{ name: image, actions: ['pull'] }]);
    for (const [role, pulls] of [
      ['guest', false],
      ['reporter', true],
    ] as const) {
      const { username, token: secret } = await app.seed.member(project, role);
      expect(await granted({ username, secret }, `repository:${image}:pull`)).toHaveLength(pulls ? 1 : 0);
    }
  });

  test('A234 a token without read_registry gets nothing of an internal project', async () => {
    const { app, granted } = await client();
    const { image, token } = await setUp(app, 'internal', ['write_registry']);
    const elsewhere = await setUp(app, 'private', ['read_registry']);
    for (const login of [token, elsewhere.token]) expect(await granted(login, `repository:${image}:pull`)).toEqual([]);
  });

  test('A236 A237 a token without a scope of the registry cannot sign in', async () => {
    const { app, ask } = await client();
    for (const scopes of [['read_package_registry', 'write_package_registry'], ['read_repository']]) {
      const { token, image } = await setUp(app, 'private', scopes);
      for (const response of [await ask(token), await ask(token, `repository:${image}:pull`)]) {
        expect(response.status).toBe(403);
        const { errors } = (await response.json()) as { errors: [{ code: string; message: string }] };
        expect(errors[0].code).toBe('DENIED');
        expect(errors[0].message).toContain('needs the scope read_registry or write_registry');
      }
    }
  });

  test('A241 a revoked token gets 401; so does an expired one', async () => {
    const { app, ask } = await client();
    const { project, token } = await setUp(app, 'private', BOTH);
    const owner = { kind: 'project', id: project.id, path: project.full_path } as const;
    await app.services.deployTokens.revoke(owner, token.id, app.by);
    const expired = await app.seed.deployToken(project, { scopes: BOTH, expiresAt: '2026-03-01' });
    for (const login of [token, expired]) expect((await ask(login)).status).toBe(401);
  });

  test('A242 the catalogue is for administrators, and asking for it records nothing', async () => {
    const { app, granted } = await client();
    const { project, token } = await setUp(app, 'private', BOTH);
    const owner = await addMember(app, project.id, 50);
    for (const login of [token, owner]) expect(await granted(login, 'registry:catalog:*')).toEqual([]);
    const admin = await app.seed.user({ admin: true });
    const login = { username: admin.username, secret: admin.token };
    expect(await granted(login, 'registry:catalog:*')).toEqual([{ type: 'registry', name: 'catalog', actions: ['*'] }]);
    expect(await app.db.selectFrom('images').selectAll().where('project_id', '=', project.id).execute()).toEqual([]);
  });

  test('A244 a token for pulling records no image', async () => {
    const { app, granted } = await client();
    const { project, image, token } = await setUp(app, 'private', BOTH);
    expect(await granted(token, `repository:${image}:pull`)).toHaveLength(1);
    expect(await app.db.selectFrom('images').selectAll().where('project_id', '=', project.id).execute()).toEqual([]);
  });

  test('A245 A246 people get what their role allows and no more', async () => {
    const { app, granted } = await client();
    const { project, image } = await setUp(app, 'private', BOTH);
    const asked = `repository:${image}:push,pull,delete`;
    const actionsOf = async (level: number) =>
      (await granted(await addMember(app, project.id, level), asked))[0]?.actions ?? [];
    expect(await actionsOf(10)).toEqual([]);
    expect(await actionsOf(20)).toEqual(['pull']);
    expect(await actionsOf(30)).toEqual(['pull', 'push', 'delete']);
    expect(await granted(await addMember(app, project.id, 30), `repository:${image}:*`)).toMatchObject([
      { actions: ['pull', 'push', 'delete', '*'] },
    ]);
  });

  test('A248 A249 A250 a deploy token never gets delete, *, or what does not exist', async () => {
    const { app, granted } = await client();
    const { image, token } = await setUp(app, 'private', BOTH);
    for (const actions of ['delete', '*', 'foo', 'delete,*', ''])
      expect(await granted(token, `repository:${image}:${actions}`)).toEqual([]);
    expect(await granted(token, `repository:${image}:push,foo`)).toMatchObject([{ actions: ['push'] }]);
  });

  test('A252 the access tells which project it is', async () => {
    const { app, granted } = await client();
    const top = await app.seed.group();
    const project = await app.seed.project(await app.seed.group(top));
    const token = await app.seed.deployToken(top, { scopes: BOTH });
    expect(await granted(token, `repository:${project.full_path}/img:pull`)).toEqual([
      {
        type: 'repository',
        name: `${project.full_path}/img`,
        actions: ['pull'],
        meta: { project_path: project.full_path, project_id: project.id, root_namespace_id: top.id },
      },
    ]);
  });

  test('A253 project paths with unusual endings, and with capital letters', async () => {
    const { app, granted } = await client();
    const group = await app.seed.group(null, { path: 'Team' });
    const token = await app.seed.deployToken(group, { scopes: BOTH });
    for (const path of ['with_one', 'dotted.name-9', 'Capital']) {
      await app.seed.project(group, { path });
      const name = `team/${path.toLowerCase()}`;
      expect(await granted(token, `repository:${name}:pull`)).toMatchObject([{ name, actions: ['pull'] }]);
    }
  });

  test('A256 nothing of a project with its registry switched off', async () => {
    const { app, granted } = await client();
    const { project, image, token } = await setUp(app, 'public', BOTH);
    await app.db.updateTable('projects').set({ registry_enabled: 0 }).where('id', '=', project.id).execute();
    expect(await granted(token, `repository:${image}:pull,push`)).toEqual([]);
  });

  test('A257 with the registry switched off on the server everything is 404 UNAVAILABLE', async () => {
    await using app = await startApp(engine, { POSTERN_REGISTRY: 'off' });
    const { ask } = createRegistryClient(app);
    const { token } = await setUp(app, 'private', BOTH);
    for (const response of [await ask(token), await app.fetch('/v2/')]) {
      expect(response.status).toBe(404);
      expect(await codesOf(response)).toEqual(['UNAVAILABLE']);
    }
  });

  test('A258 images below a project, at any depth', async () => {
    const { app, granted } = await client();
    const { image, token } = await setUp(app, 'private', BOTH);
    const name = `${image}/img/sub/and/more`;
    expect(await granted(token, `repository:${name}:pull`)).toMatchObject([{ name, actions: ['pull'] }]);
  });

  test('A260 A261 what is not permitted, not there or no name is left out', async () => {
    const { app, granted } = await client();
    const { image, token } = await setUp(app, 'private', BOTH);
    const { image: foreign } = await setUp(app, 'private', BOTH);
    const scopes = [
      `repository:${foreign}:pull`,
      `repository:${image}:pull`,
      'repository:no/such/thing:pull',
      `repository:${image}/UPPER:pull`,
      `repository:${image}/..:pull`,
      `repository:${image}//x:pull`,
      `repository(plugin):${image}:pull`,
      'nonsense',
      ':',
    ];
    expect(await granted(token, ...scopes)).toMatchObject([{ name: image, actions: ['pull'] }]);
  });

  test('the form that containerd sends is answered, without a refresh token', async () => {
    const { app } = await client();
    const { image, token } = await setUp(app, 'private', BOTH);
    const form = {
      grant_type: 'password',
      service: 'container_registry',
      client_id: 'containerd-client',
      username: token.username,
      password: token.secret,
      scope: `repository:${image}:pull,push`,
    };
    const response = await app.fetch('/jwt/auth', { method: 'POST', body: new URLSearchParams(form) });
    expect(response.status).toBe(200);
    const body = (await response.json()) as Record<string, string>;
    expect(body).toMatchObject({ scope: `repository:${image}:pull,push`, expires_in: 300 });
    expect(body).not.toHaveProperty('refresh_token');
    expect(claimsOf(body['access_token'] ?? '').access).toMatchObject([{ name: image }]);

    const wrong = { ...form, password: `${token.secret}x` };
    expect((await app.fetch('/jwt/auth', { method: 'POST', body: new URLSearchParams(wrong) })).status).toBe(401);
    const refresh = { ...form, grant_type: 'refresh_token' };
    expect((await app.fetch('/jwt/auth', { method: 'POST', body: new URLSearchParams(refresh) })).status).toBe(400);
  });

  test('a bearer token is not good for another one', async () => {
    const { app, signIn } = await client();
    const { image, token } = await setUp(app, 'private', BOTH);
    const headers = await signIn(token, `repository:${image}:pull`);
    const query = `service=container_registry&scope=repository:${image}:push`;
    expect((await app.fetch(`/jwt/auth?${query}`, { headers })).status).toBe(401);
  });

  test('the ping asks for credentials, and is content with any bearer token', async () => {
    const { app, signIn } = await client();
    const { token } = await setUp(app, 'private', BOTH);
    for (const path of ['/v2', '/v2/']) {
      const refused = await app.fetch(path);
      expect(refused.status).toBe(401);
      expect(refused.headers.get('www-authenticate')).toBe(
        'Bearer realm="http://postern.test/jwt/auth",service="container_registry"',
      );
      expect(refused.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
      const answer = await app.fetch(path, { headers: await signIn(token) });
      expect(answer.status).toBe(200);
      expect(await answer.text()).toBe('{}');
    }
    const wrong = await app.fetch('/v2/', { headers: bearer('a.b.c') });
    expect(wrong.headers.get('www-authenticate')).toEndWith(',error="invalid_token"');
  });

  test('the public key is at hand, and fits', async () => {
    const { app, ask } = await client();
    const { token } = await setUp(app, 'private', BOTH);
    const keys = (await (await app.fetch('/-/jwks')).json()) as { keys: [Record<string, string>] };
    expect(keys.keys[0]).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
    expect(keys.keys[0]).not.toHaveProperty('d');
    const [head] = ((await (await ask(token)).json()) as { token: string }).token.split('.');
    const header = JSON.parse(Buffer.from(head ?? '', 'base64url').toString());
    expect(header).toEqual({ alg: 'ES256', typ: 'JWT', kid: keys.keys[0]['kid'] });
    expect(header.kid).toMatch(/^([A-Z2-7]{4}:){11}[A-Z2-7]{4}$/);
  });
});
