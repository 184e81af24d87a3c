/**
 * The attacks: reading, through the registry, what belongs to someone else. CVE-2019-12825 (GitLab: images across groups),
 * CVE-2024-39897 (zot: a blob of another repository through the shared store), CVE-2026-117685 (Gitea: a mount by someone
 * else's rights), CVE-2026-32589 (Quay: the upload of another), CVE-2023-2253 (distribution: a catalogue of a thousand
 * million), CVE-2026-61833 (zot: deletion by the right to push), and names made to leave their place.
 */
import { afterAll, expect, test } from 'bun:test';
import { startApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { codesOf, createRegistryClient, imageManifest, sha256 } from '../support/registry.ts';

const BOTH = ['read_registry', 'write_registry'];

onEachEngine('isolation in the registry', (engine) => {
  const started = startApp(engine);
  afterAll(async () => (await started)[Symbol.asyncDispose]());

  /** A victim's private image, and an attacker with both scopes on a project of their own. */
  const setUp = async () => {
    const app = await started;
    const client = createRegistryClient(app);
    const [victims, attackers] = [
      await app.seed.project(await app.seed.group()),
      await app.seed.project(await app.seed.group()),
    ];
    const [secret, own] = [`${victims.full_path}/secret`, `${attackers.full_path}/own`];
    const theirs = await app.seed.deployToken(victims, { scopes: BOTH });
    const token = await app.seed.deployToken(attackers, { scopes: BOTH });
    const victim = await client.signIn(theirs, `repository:${secret}:pull,push`);
    const bytes = crypto.getRandomValues(new Uint8Array(64));
    const { digest } = await client.pushBlob(victim, secret, bytes);
    const config = await client.pushBlob(victim, secret, '{}');
    await client.putManifest(victim, secret, 'v1', imageManifest(config, []));
    const attacker = await client.signIn(token, `repository:${secret}:pull,push`, `repository:${own}:pull,push`);
    return { app, client, secret, own, victim, attacker, token, digest, bytes };
  };

  test('a token of another project sees nothing, and is told the same of what is there and what is not', async () => {
    const { app, secret, own, token, attacker, digest } = await setUp();
    const basicAuth = { Authorization: `Basic ${btoa(`${token.username}:${token.secret}`)}` };
    for (const headers of [attacker, basicAuth]) {
      for (const path of ['manifests/v1', 'tags/list', `blobs/${digest}`, `referrers/${digest}`]) {
        const there = await app.fetch(`/v2/${secret}/${path}`, { headers });
        const nowhere = await app.fetch(`/v2/${secret.replace('/secret', 'x/secret')}/${path}`, { headers });
        expect(there.status).toBe(404);
        expect(await there.text()).toBe(await nowhere.text());
      }
      const push = await app.fetch(`/v2/${secret}/blobs/uploads/`, { method: 'POST', headers });
      expect([push.status, await codesOf(push)]).toEqual([404, ['NAME_UNKNOWN']]);
    }
    expect((await app.fetch(`/v2/${own}/blobs/${digest}`, { headers: attacker })).status).toBe(404);
  });

  test('knowing the digest of a blob is not having it: neither by HEAD, a mount, nor a manifest that names it', async () => {
    const { app, client, secret, own, attacker, digest } = await setUp();
    expect((await app.fetch(`/v2/${own}/blobs/${digest}`, { method: 'HEAD', headers: attacker })).status).toBe(404);
    for (const from of [`&from=${encodeURIComponent(secret)}`, '']) {
      const path = `/v2/${own}/blobs/uploads/?mount=${digest}${from}`;
      expect((await app.fetch(path, { method: 'POST', headers: attacker })).status).toBe(202);
    }
    expect((await app.fetch(`/v2/${own}/blobs/${digest}`, { headers: attacker })).status).toBe(404);
    const config = await client.pushBlob(attacker, own, '{}');
    const manifest = imageManifest(config, [{ mediaType: 'application/octet-stream', digest, size: 64 }]);
    const refused = await client.putManifest(attacker, own, 'v1', manifest);
    expect([refused.status, await codesOf(refused)]).toEqual([400, ['MANIFEST_BLOB_UNKNOWN']]);
  });

  test('an upload that ends with a digest that is stored already needs the bytes all the same', async () => {
    const { app, own, attacker, digest } = await setUp();
    const location = (await app.fetch(`/v2/${own}/blobs/uploads/`, { method: 'POST', headers: attacker })).headers.get(
      'location',
    );
    const done = await app.fetch(`${location}?digest=${digest}`, { method: 'PUT', headers: attacker });
    expect([done.status, await codesOf(done)]).toEqual([400, ['DIGEST_INVALID']]);
    expect((await app.fetch(`/v2/${own}/blobs/${digest}`, { headers: attacker })).status).toBe(404);
  });

  test('the upload session of another is not there, not even with its address', async () => {
    const { app, secret, own, victim, attacker } = await setUp();
    const begun = await app.fetch(`/v2/${secret}/blobs/uploads/`, { method: 'POST', headers: victim });
    const location = begun.headers.get('location') ?? '';
    for (const path of [location, location.replace(secret, own)]) {
      for (const method of ['GET', 'PATCH', 'DELETE'])
        expect((await app.fetch(path, { method, headers: attacker })).status).toBe(404);
      const end = await app.fetch(`${path}?digest=${sha256('')}`, { method: 'PUT', headers: attacker });
      expect(end.status).toBe(404);
    }
    expect((await app.fetch(location, { headers: victim })).status).toBe(204);
  });

  test('a deploy token that may push may not delete: no tag, manifest or blob', async () => {
    const { app, secret, victim, digest } = await setUp();
    for (const path of ['manifests/v1', `manifests/${sha256('x')}`, `blobs/${digest}`]) {
      const response = await app.fetch(`/v2/${secret}/${path}`, { method: 'DELETE', headers: victim });
      expect([response.status, await codesOf(response)]).toEqual([403, ['DENIED']]);
    }
    expect((await app.fetch(`/v2/${secret}/manifests/v1`, { headers: victim })).status).toBe(200);
  });

  test('a read-only token is refused on push, and told what it lacks; so is a write-only one on pull', async () => {
    const { app, client } = await setUp();
    const project = await app.seed.project(await app.seed.group());
    for (const [scopes, method, path, lacks] of [
      [['read_registry'], 'POST', 'blobs/uploads/', 'write_registry'],
      [['write_registry'], 'HEAD', `blobs/${sha256('')}`, 'read_registry'],
      [['write_registry'], 'GET', 'manifests/v1', 'read_registry'],
    ] as const) {
      const token = await app.seed.deployToken(project, { scopes: [...scopes] });
      const headers = await client.signIn(token, `repository:${project.full_path}:pull,push`);
      const response = await app.fetch(`/v2/${project.full_path}/${path}`, { method, headers });
      expect(response.status).toBe(403);
      if (method === 'HEAD') continue;
      const { errors } = (await response.json()) as { errors: [{ code: string; message: string }] };
      expect(errors[0].code).toBe('DENIED');
      expect(errors[0].message).toContain(`needs the scope ${lacks}`);
      expect(errors[0].message).toContain('Clients that push need read_registry and write_registry.');
    }
  });

  test('a name cannot leave its place, by dots, escapes, letters or length', async () => {
    const { app, secret, own, attacker } = await setUp();
    const [group] = secret.split('/');
    for (const name of [
      `${own}/../../${secret}`,
      `${own}/%2e%2e/%2e%2e/${secret}`,
      `${own}%2f..%2f..%2f${secret}`,
      `${own}/..%5c..`,
      `${own}//x`,
      `${own.toUpperCase()}`,
      `${own}/a b`,
      `${own}/a%00b`,
      `${own}/%0d%0aSet-Cookie:x`,
      `${own}/${'x'.repeat(260)}`,
      `${own}/-`,
      `${group}`,
    ]) {
      const response = await app.fetch(`/v2/${name}/tags/list`, { headers: attacker });
      expect([400, 401, 404]).toContain(response.status);
      const push = await app.fetch(`/v2/${name}/blobs/uploads/`, { method: 'POST', headers: attacker });
      expect([400, 401, 404]).toContain(push.status);
      expect(response.headers.get('set-cookie')).toBeNull();
    }
  });

  test('a challenge quotes no name that could break out of it', async () => {
    const { app } = await setUp();
    for (const name of ['a/b"', 'a/b%22,scope=%22x', 'A/b']) {
      const response = await app.fetch(`/v2/${name}/tags/list`, { headers: { Authorization: 'Basic !' } });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe(
        'Bearer realm="http://postern.test/jwt/auth",service="container_registry",error="invalid_token"',
      );
    }
  });

  test('without credentials every address asks for them, and tells no one what is there', async () => {
    const { app, secret, digest } = await setUp();
    for (const [method, path, actions] of [
      ['GET', 'manifests/v1', 'pull'],
      ['HEAD', `blobs/${digest}`, 'pull'],
      ['GET', 'tags/list', 'pull'],
      ['GET', `referrers/${digest}`, 'pull'],
      ['PUT', 'manifests/v1', 'pull,push'],
      ['POST', 'blobs/uploads/', 'pull,push'],
      ['PATCH', `blobs/uploads/${crypto.randomUUID()}`, 'pull,push'],
      ['DELETE', 'manifests/v1', 'delete'],
      ['DELETE', `blobs/${digest}`, 'delete'],
    ] as const) {
      const answers = [secret, `${secret}/not/there`, 'no/such/project'].map(async (name) => {
        const response = await app.fetch(`/v2/${name}/${path}`, { method });
        expect(response.status).toBe(401);
        expect(response.headers.get('www-authenticate')).toBe(
          `Bearer realm="http://postern.test/jwt/auth",service="container_registry",scope="repository:${name}:${actions}"`,
        );
        return response.text();
      });
      const [first, ...others] = await Promise.all(answers);
      for (const other of others) expect(other).toBe(first ?? '');
    }
  });
});
