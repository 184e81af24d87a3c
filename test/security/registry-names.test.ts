/**
 * The attack: names that leave their place, by dots and escapes, so that one image is asked about and another is read,
 * or that break out of the header that quotes them. CVE-2024-4956 (Nexus: `%2f..`).
 */
import { expect, test } from 'bun:test';
import type { TestApp } from '../support/app.ts';
import { onEachApp } from '../support/on-each-app.ts';
import { rawGet, rawRequest } from '../support/raw-request.ts';
import { codesOf } from '../support/registry.ts';
import { victimScene } from '../support/registry-scenes.ts';
import { startServer } from '../support/server.ts';

/** Ways to write a name that a careless reader takes for `name`. */
const detours = (name: string) => {
  const [group, ...rest] = name.split('/');
  return [
    `${name}%2f..%2fsecret`,
    `${name}/x%2f..`,
    `${name}%2F.`,
    `${name}//`,
    `${group}//${rest.join('/')}`,
    `${name.toUpperCase()}`,
    `${name}%20`,
    `${name} `,
    `${name}/..%5csecret`,
    `${name}/-`,
    `${name}/${'x'.repeat(260)}`,
  ];
};

onEachApp('names in the registry', (started, engine) => {
  test('a name that would lead to what one may read is refused all the same', async () => {
    const { app, secret, victim } = await victimScene(await started);
    expect((await app.fetch(`/v2/${secret}/tags/list`, { headers: victim })).status).toBe(200);
    for (const name of detours(secret)) {
      for (const [method, path] of [
        ['GET', 'tags/list'],
        ['POST', 'blobs/uploads/'],
      ] as const) {
        const response = await app.fetch(`/v2/${name}/${path}`, { method, headers: victim });
        expect([name, response.status, await codesOf(response)]).toEqual([name, 400, ['NAME_INVALID']]);
      }
    }
  });

  test('no name holds what ends a line', async () => {
    const { app, secret, victim } = await victimScene(await started);
    for (const name of [`${secret}/a%00b`, `${secret}%0d%0aSet-Cookie:x`, `${secret}%0a`]) {
      const response = await app.fetch(`/v2/${name}/tags/list`, { headers: victim });
      expect([name, response.status]).toEqual([name, 404]);
      expect(response.headers.get('set-cookie')).toBeNull();
    }
  });

  test('dots in the line that asks lead nowhere, and not to the image of another', async () => {
    await using server = await startServer(engine);
    const fetchThere: TestApp['fetch'] = (path, init) => fetch(`${server.url}${path}`, init);
    const { secret, own, victim, attacker } = await victimScene({ seed: server.seed, fetch: fetchThere });
    const ask = (name: string, who: { Authorization: string }) =>
      rawRequest(server.port, [rawGet(`/v2/${name}/tags/list`, `Authorization: ${who.Authorization}`)]);
    expect((await ask(secret, victim)).status).toBe(200);
    for (const up of ['..', '%2e%2e', '.%2e', '%252e%252e', '..%2f..'])
      for (const name of [`${own}/${up}/${up}/${up}/${secret}`, `${own}%2f${up}%2f${up}%2f${up}%2f${secret}`]) {
        const reply = await ask(name, attacker);
        expect([name, [400, 404].includes(reply.status)]).toEqual([name, true]);
        expect(reply.text).not.toContain('"tags"');
      }
  });

  test('a challenge quotes no name that could break out of it', async () => {
    const { app } = await victimScene(await started);
    for (const name of ['a/b"', 'a/b%22,scope=%22x', 'A/b']) {
      const response = await app.fetch(`/v2/${name}/tags/list`, { headers: { Authorization: 'Basic !' } });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe(
        'Bearer realm="http://postern.test/jwt/auth",service="container_registry",error="invalid_token"',
      );
    }
  });
});
