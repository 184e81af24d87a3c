/**
 * The attack: going on with, ending or looking into the upload of another. CVE-2026-32589 (Quay).
 */
import { expect, test } from 'bun:test';
import { onEachApp } from '../support/on-each-app.ts';
import { codesOf, sha256 } from '../support/registry.ts';
import { BOTH_SCOPES, bearerScene, victimScene } from '../support/registry-scenes.ts';

onEachApp('uploads of others', (started) => {
  test('the upload session of another is not there, not even with its address', async () => {
    const { app, secret, own, victim, attacker } = await victimScene(await started);
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

  test('nor to another credential that may push to the same image', async () => {
    const { app, client, project, token, image } = await bearerScene(await started);
    const mine = await client.signIn(token, `repository:${image}:pull,push`);
    const begun = await app.fetch(`/v2/${image}/blobs/uploads/`, { method: 'POST', headers: mine });
    const location = begun.headers.get('location') ?? '';
    const colleague = await app.seed.deployToken(project, { scopes: BOTH_SCOPES });
    const user = await app.seed.member(project, 'owner');
    for (const login of [colleague, { username: user.username, secret: user.token }]) {
      const headers = await client.signIn(login, `repository:${image}:pull,push`);
      for (const method of ['GET', 'PATCH', 'DELETE'])
        expect((await app.fetch(location, { method, headers })).status).toBe(404);
      const end = await app.fetch(`${location}?digest=${sha256('')}`, { method: 'PUT', headers });
      expect([end.status, await codesOf(end)]).toEqual([404, ['BLOB_UPLOAD_UNKNOWN']]);
    }
    const done = await app.fetch(`${location}?digest=${sha256('')}`, { method: 'PUT', headers: mine });
    expect(done.status).toBe(201);
  });

  test('nor under another image, to the credential that began it', async () => {
    const { app, client, token, image } = await bearerScene(await started);
    const other = `${image}/other`;
    const headers = await client.signIn(token, `repository:${image}:pull,push`, `repository:${other}:pull,push`);
    await client.pushBlob(headers, other, '{}');
    const begun = await app.fetch(`/v2/${image}/blobs/uploads/`, { method: 'POST', headers });
    const location = begun.headers.get('location') ?? '';
    const moved = location.replace(image, other);
    for (const method of ['GET', 'PATCH', 'DELETE'])
      expect((await app.fetch(moved, { method, headers })).status).toBe(404);
    expect((await app.fetch(`${moved}?digest=${sha256('')}`, { method: 'PUT', headers })).status).toBe(404);
    expect((await app.fetch(location, { headers })).status).toBe(204);
  });
});
