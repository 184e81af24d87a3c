/**
 * The attacks: a bearer token that the attacker signed, or that was issued for something else, for someone else, or in
 * another time. CVE-2025-24976 (distribution: the key in a token's own header was believed), CVE-2026-27771 (Gitea: a
 * token of nobody pulled private images), CVE-2025-65945 and its like (confusion of algorithms).
 */
import { afterAll, expect, test } from 'bun:test';
import { createHmac, createPublicKey } from 'node:crypto';
import { exportJWK, generateKeyPair, importPKCS8, type JWTPayload, SignJWT } from 'jose';
import { startApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { bearer, claimsOf, codesOf, createRegistryClient, imageManifest } from '../support/registry.ts';

const BOTH = ['read_registry', 'write_registry'];

onEachEngine('bearer tokens of the registry', (engine) => {
  const started = startApp(engine);
  afterAll(async () => (await started)[Symbol.asyncDispose]());

  const setUp = async () => {
    const app = await started;
    const client = createRegistryClient(app);
    const group = await app.seed.group();
    const project = await app.seed.project(group);
    const token = await app.seed.deployToken(project, { scopes: BOTH });
    const image = `${project.full_path}/app`;
    const headers = await client.signIn(token, `repository:${image}:pull,push`);
    await client.putManifest(headers, image, 'v1', imageManifest(await client.pushBlob(headers, image, '{}'), []));
    const pull = (as: Record<string, string>, name = image) => app.fetch(`/v2/${name}/manifests/v1`, { headers: as });
    const real = headers.Authorization.slice('Bearer '.length);
    return { app, client, group, project, token, image, headers, pull, real };
  };

  /** Refused as a bearer token that is no good: the client is to get another one. */
  const expectInvalid = async (response: Response) => {
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(await codesOf(response)).toEqual(['UNAUTHORIZED']);
  };

  test('A208 a JWT that carries a deploy token resolves to that token, and to nothing once it is revoked (the registry’s: packages give out none)', async () => {
    const { app, pull, project, token, headers } = await setUp();
    app.lines.length = 0;
    expect((await pull(headers)).status).toBe(200);
    const actor = app.lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === 'request');
    expect(actor).toMatchObject({ actor: 'deployToken', actor_id: token.id });
    const owner = { kind: 'project', id: project.id, path: project.full_path } as const;
    await app.services.deployTokens.revoke(owner, token.id, app.by);
    await expectInvalid(await pull(headers));
  });

  test('one signed by another key is refused, whatever key it brings along or names', async () => {
    const { pull, real } = await setUp();
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const kid = JSON.parse(Buffer.from(real.split('.')[0] ?? '', 'base64url').toString()).kid as string;
    const payload = claimsOf(real) as unknown as JWTPayload;
    for (const header of [
      { alg: 'ES256' },
      { alg: 'ES256', kid },
      { alg: 'ES256', kid, jwk: await exportJWK(publicKey) },
      { alg: 'ES256', kid, jku: 'http://attacker.example/keys', x5u: 'http://attacker.example/cert' },
    ]) {
      const forged = await new SignJWT(payload).setProtectedHeader(header).sign(privateKey);
      await expectInvalid(await pull(bearer(forged)));
    }
  });

  test('no algorithm but ours: neither none, nor HMAC with the public key as its secret', async () => {
    const { app, pull, real } = await setUp();
    const [, payload] = real.split('.');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const alg of ['none', 'None', 'NONE', ''])
      await expectInvalid(await pull(bearer(`${encode({ alg, typ: 'JWT' })}.${payload}.`)));
    const { keys } = app.services.images.tokens.keySet();
    const pem = createPublicKey({ key: keys[0] as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const head = encode({ alg: 'HS256', typ: 'JWT', kid: keys[0]?.kid });
    const mac = createHmac('sha256', pem).update(`${head}.${payload}`).digest('base64url');
    await expectInvalid(await pull(bearer(`${head}.${payload}.${mac}`)));
  });

  test('one of our own key for another service, by another issuer, or without an end is refused', async () => {
    const { app, pull, real } = await setUp();
    const key = await importPKCS8(await Bun.file(app.path('registry.key')).text(), 'ES256');
    const claims = claimsOf(real) as unknown as JWTPayload;
    const signed = (changed: JWTPayload) => new SignJWT(changed).setProtectedHeader({ alg: 'ES256' }).sign(key);
    expect((await pull(bearer(await signed(claims)))).status).toBe(200);
    for (const wrong of [{ aud: 'dependency_proxy' }, { aud: undefined }, { iss: 'someone-else' }, { exp: undefined }])
      await expectInvalid(await pull(bearer(await signed({ ...claims, ...wrong } as JWTPayload))));
  });

  test('one with a letter changed is refused', async () => {
    const { pull, real } = await setUp();
    const [head, , signature] = real.split('.');
    const claims = { ...claimsOf(real), access: [{ type: 'repository', name: 'a/b', actions: ['pull'] }] };
    const changed = Buffer.from(JSON.stringify(claims)).toString('base64url');
    await expectInvalid(await pull(bearer(`${head}.${changed}.${signature}`)));
    for (const text of ['a.b.c', '..', `${real}x`]) await expectInvalid(await pull(bearer(text)));
  });

  test('the nested token that tells the user is no bearer token', async () => {
    const { pull, real } = await setUp();
    await expectInvalid(await pull(bearer(claimsOf(real).user ?? '')));
  });

  test('one that is over is refused, and using it is no guess that locks an address out', async () => {
    const { app, client, pull, headers, token, image } = await setUp();
    const before = app.time.now;
    app.time.now += 299_000;
    expect((await pull(headers)).status).toBe(200);
    app.time.now = before + 306_000;
    for (let n = 0; n < 100; n++) await expectInvalid(await pull(headers));
    expect((await pull(await client.signIn(token, `repository:${image}:pull`))).status).toBe(200);
    app.time.now = before;
  });

  test('one for an image is good for no other, nor for more than was asked', async () => {
    const { app, client, project, token, image, pull } = await setUp();
    const other = `${project.full_path}/other`;
    const both = await client.signIn(token, `repository:${other}:pull,push`);
    await client.putManifest(both, other, 'v1', imageManifest(await client.pushBlob(both, other, '{}'), []));
    const narrow = await client.signIn(token, `repository:${image}:pull`);
    expect((await pull(narrow)).status).toBe(200);
    for (const response of [
      await pull(narrow, other),
      await app.fetch(`/v2/${image}/blobs/uploads/`, { method: 'POST', headers: narrow }),
      await app.fetch(`/v2/${image}/manifests/v1`, { method: 'PUT', headers: narrow, body: '{}' }),
      await pull(await client.signIn(token)),
    ]) {
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
      expect(response.headers.get('www-authenticate')).toMatch(/scope="repository:[^"]+:pull(,push)?"/);
    }
  });

  test('it is good for the registry alone: not for git, the API or another bearer token', async () => {
    const { app, client, project, token, image } = await setUp();
    const admin = await app.seed.user({ admin: true });
    for (const login of [token, { username: admin.username, secret: admin.token }]) {
      const headers = await client.signIn(login, `repository:${image}:pull,push`);
      for (const path of [
        `/${project.full_path}.git/info/refs?service=git-upload-pack`,
        `/api/v4/projects/${project.id}/deploy_tokens`,
        `/jwt/auth?service=container_registry&scope=repository:${image}:pull`,
      ])
        expect([path, (await app.fetch(path, { headers })).status]).toEqual([path, 401]);
    }
  });

  test('one of nobody opens what is public and nothing else, today', async () => {
    const { app, client, project, image, pull } = await setUp();
    const access = { type: 'repository', name: image, actions: ['pull', 'push'] } as const;
    const { token } = await app.services.images.tokens.issue({ kind: 'anonymous' }, [
      { ...access, actions: [...access.actions] },
    ]);
    expect((await pull(bearer(token))).status).toBe(401);
    await app.db.updateTable('projects').set({ visibility: 'public' }).where('id', '=', project.id).execute();
    const open = await client.signIn(null, `repository:${image}:pull`);
    expect((await pull(open)).status).toBe(200);
    expect((await pull(bearer(token))).status).toBe(200);
    const push = await app.fetch(`/v2/${image}/blobs/uploads/`, { method: 'POST', headers: bearer(token) });
    expect(push.status).toBe(401);
    await app.db.updateTable('projects').set({ visibility: 'private' }).where('id', '=', project.id).execute();
    expect((await pull(open)).status).toBe(401);
  });

  test('A240 one whose deploy token was revoked is refused from then on, at the next request', async () => {
    const { app, project, token, headers, pull } = await setUp();
    expect((await pull(headers)).status).toBe(200);
    const owner = { kind: 'project', id: project.id, path: project.full_path } as const;
    await app.services.deployTokens.revoke(owner, token.id, app.by);
    await expectInvalid(await pull(headers));
    await expectInvalid(await app.fetch('/v2/', { headers }));
    // Public or not: a machine with a dead key must learn of it.
    await app.db.updateTable('projects').set({ visibility: 'public' }).where('id', '=', project.id).execute();
    await expectInvalid(await pull(headers));
  });

  test('nor does it outlive a deleted or expired deploy token, a revoked personal token or a blocked user', async () => {
    const { app, client, project, image, pull } = await setUp();
    const scope = `repository:${image}:pull`;
    const owner = { kind: 'project', id: project.id, path: project.full_path } as const;

    const deleted = await app.seed.deployToken(project, { scopes: BOTH });
    const ofDeleted = await client.signIn(deleted, scope);
    await app.services.deployTokens.destroy(owner, deleted.id, app.by);
    await expectInvalid(await pull(ofDeleted));

    const expiring = await app.seed.deployToken(project, { scopes: BOTH, expiresAt: '2026-03-01T12:01:00Z' });
    const ofExpiring = await client.signIn(expiring, scope);
    expect((await pull(ofExpiring)).status).toBe(200);
    app.time.now += 60_000;
    await expectInvalid(await pull(ofExpiring));
    app.time.now -= 60_000;

    const admin = await app.seed.user({ admin: true, password: 'correct horse battery' });
    const ofToken = await client.signIn({ username: admin.username, secret: admin.token }, scope);
    const ofPassword = await client.signIn({ username: admin.username, secret: 'correct horse battery' }, scope);
    expect([(await pull(ofToken)).status, (await pull(ofPassword)).status]).toEqual([200, 200]);
    await app.db.updateTable('personal_access_tokens').set({ revoked_at: 1 }).where('user_id', '=', admin.id).execute();
    await expectInvalid(await pull(ofToken));
    await app.db.updateTable('users').set({ blocked: 1 }).where('id', '=', admin.id).execute();
    await expectInvalid(await pull(ofPassword));
  });

  test('it follows what its owner may do today: a project that moved out of reach, a registry switched off', async () => {
    const { app, client, group, project, image, pull } = await setUp();
    const token = await app.seed.deployToken(group, { scopes: BOTH });
    const headers = await client.signIn(token, `repository:${image}:pull`);
    expect((await pull(headers)).status).toBe(200);
    await app.db.updateTable('projects').set({ registry_enabled: 0 }).where('id', '=', project.id).execute();
    expect((await pull(headers)).status).toBe(403);
    await app.db.updateTable('projects').set({ registry_enabled: 1 }).where('id', '=', project.id).execute();
    const away = await app.seed.group();
    await app.db.updateTable('projects').set({ namespace_id: away.id }).where('id', '=', project.id).execute();
    const response = await pull(headers);
    expect([response.status, await codesOf(response)]).toEqual([404, ['NAME_UNKNOWN']]);
  });
});
