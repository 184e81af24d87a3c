/**
 * The attack: a bearer token for one image, or for reading, used for another or for writing.
 */
import { expect, test } from 'bun:test';
import { onEachApp } from '../support/on-each-app.ts';
import { imageManifest } from '../support/registry.ts';
import { bearerScene } from '../support/registry-scenes.ts';

onEachApp('bearer tokens for one thing', (started) => {
  test('one for an image is good for no other, nor for more than was asked', async () => {
    const { app, client, project, token, image, pull } = await bearerScene(await started);
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
});
