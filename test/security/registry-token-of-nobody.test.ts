/**
 * The attack: a token of nobody that reads what is private. CVE-2026-27771 (Gitea: a token that was issued without
 * credentials pulled private images and listed the catalogue).
 */
import { expect, test } from 'bun:test';
import { onEachApp } from '../support/on-each-app.ts';
import { bearer } from '../support/registry.ts';
import { bearerScene, victimScene } from '../support/registry-scenes.ts';

onEachApp('bearer tokens of nobody', (started) => {
  test('one of nobody opens what is public and nothing else, today', async () => {
    const { app, client, project, image, pull } = await bearerScene(await started);
    const access = { type: 'repository', name: image, actions: ['pull', 'push'] } as const;
    const { token } = await app.services.images.tokens.issue({ kind: 'anonymous', id: null, username: 'anonymous' }, [
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

  test('without credentials every address asks for them, and tells no one what is there', async () => {
    const { app, secret, digest } = await victimScene(await started);
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
