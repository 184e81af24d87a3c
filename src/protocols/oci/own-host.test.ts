import { afterAll, expect, test } from 'bun:test';
import { apiClient } from '../../../test/support/api-client.ts';
import { basic, startApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { bearer, codesOf, createRegistryClient, imageManifest } from '../../../test/support/registry.ts';

const OWN = 'registry.test:5050';

onEachEngine('a registry on a host of its own', (engine) => {
  const started = startApp(engine, { POSTERN_REGISTRY_URL: `https://${OWN}` });
  afterAll(async () => (await started)[Symbol.asyncDispose]());

  const ask = async (path: string, host: string, init: RequestInit = {}) =>
    (await started).fetch(path, { ...init, headers: { ...init.headers, Host: host } });
  const realmOf = (response: Response) => /realm="([^"]*)"/.exec(response.headers.get('www-authenticate') ?? '')?.[1];

  test('a client is sent to the token service of the host that it asked', async () => {
    expect(realmOf(await ask('/v2/', OWN))).toBe(`https://${OWN}/jwt/auth`);
    expect(realmOf(await ask('/v2/', OWN.toUpperCase()))).toBe(`https://${OWN}/jwt/auth`);
    expect(realmOf(await ask('/v2/', 'postern.test'))).toBe('http://postern.test/jwt/auth');
  });

  test('a forged Host header is in no challenge, address or link', async () => {
    for (const host of ['evil.example', `evil.${OWN}`, `${OWN}.evil.example`, 'registry.test', 'registry.test:443']) {
      const response = await ask('/v2/', host);
      expect([response.status, realmOf(response)]).toEqual([401, 'http://postern.test/jwt/auth']);
    }
    expect((await ask('/v2/', `x@${OWN}`)).status).toBe(400);
  });

  test('nothing but the registry and its token service is there', async () => {
    const { seed } = await started;
    const project = await seed.project(await seed.group(null, { visibility: 'public' }), { visibility: 'public' });
    for (const path of [
      '/-/health',
      '/-/metrics',
      '/api/v4/projects',
      `/api/v4/projects/${project.id}`,
      `/${project.full_path}.git/info/refs?service=git-upload-pack`,
    ]) {
      const response = await ask(path, OWN);
      expect([path, response.status, await codesOf(response)]).toEqual([path, 404, ['UNSUPPORTED']]);
      expect((await ask(path, 'postern.test')).status).not.toBe(404);
    }
    expect((await ask('/', OWN)).status).toBe(404);
    expect((await ask('/-/jwks', OWN)).status).toBe(200);
  });

  test('signing in, pushing and pulling work on both, and the API tells the own host', async () => {
    const app = await started;
    const project = await app.seed.project(await app.seed.group());
    const maintainer = await app.seed.member(project, 'maintainer');
    const image = project.full_path;
    const token = await app.seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
    const query = new URLSearchParams({ service: 'container_registry', scope: `repository:${image}:pull,push` });
    const answer = await ask(`/jwt/auth?${query}`, OWN, { headers: basic(token.username, token.secret) });
    const headers = bearer(((await answer.json()) as { token: string }).token);

    const begun = await ask(`/v2/${image}/blobs/uploads/`, OWN, { method: 'POST', headers });
    expect(begun.status).toBe(202);
    // A path alone: it is right on whatever host it was asked.
    expect(begun.headers.get('location')).toStartWith(`/v2/${image}/blobs/uploads/`);
    const client = createRegistryClient(app);
    const config = await client.pushBlob({ ...headers, Host: OWN }, image, '{}');
    const put = await client.putManifest({ ...headers, Host: OWN }, image, 'v1', imageManifest(config, []));
    expect([put.status, put.headers.get('location')]).toEqual([201, expect.stringMatching(/^\/v2\//)]);
    for (const host of [OWN, 'postern.test'])
      expect((await ask(`/v2/${image}/manifests/v1`, host, { headers })).status).toBe(200);

    const api = apiClient(app, maintainer.token);
    const { rows, headers: pages } = await api.get(`/projects/${project.id}/registry/repositories?tags=true`);
    expect(rows[0].location).toBe(`${OWN}/${image}`);
    expect(rows[0].tags[0].location).toBe(`${OWN}/${image}:v1`);
    expect(pages.get('link')).toContain('<http://postern.test/api/v4/');
  });
});
