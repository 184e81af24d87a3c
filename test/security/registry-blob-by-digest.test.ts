/**
 * The attack: reading a blob of another repository by its digest, through the store that all share. CVE-2024-39897
 * (zot: the cache of what is stored once).
 */
import { expect, test } from 'bun:test';
import { onEachApp } from '../support/on-each-app.ts';
import { codesOf, imageManifest } from '../support/registry.ts';
import { victimScene } from '../support/registry-scenes.ts';

onEachApp('blobs known by their digest', (started) => {
  test('knowing the digest of a blob is not having it: neither by HEAD nor by a manifest that names it', async () => {
    const { app, client, own, attacker, digest } = await victimScene(await started);
    const config = await client.pushBlob(attacker, own, '{}');
    expect((await app.fetch(`/v2/${own}/blobs/${digest}`, { method: 'HEAD', headers: attacker })).status).toBe(404);
    const manifest = imageManifest(config, [{ mediaType: 'application/octet-stream', digest, size: 64 }]);
    const refused = await client.putManifest(attacker, own, 'v1', manifest);
    expect([refused.status, await codesOf(refused)]).toEqual([400, ['MANIFEST_BLOB_UNKNOWN']]);
  });

  test('an upload that ends with a digest that is stored already needs the bytes all the same', async () => {
    const { app, own, attacker, digest } = await victimScene(await started);
    const location = (await app.fetch(`/v2/${own}/blobs/uploads/`, { method: 'POST', headers: attacker })).headers.get(
      'location',
    );
    const done = await app.fetch(`${location}?digest=${digest}`, { method: 'PUT', headers: attacker });
    expect([done.status, await codesOf(done)]).toEqual([400, ['DIGEST_INVALID']]);
    expect((await app.fetch(`/v2/${own}/blobs/${digest}`, { headers: attacker })).status).toBe(404);
  });
});
