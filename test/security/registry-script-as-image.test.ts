/**
 * The attack: a page with a script, pushed as a blob or a manifest, that a browser would run on our origin.
 * CVE-2026-103667 (Gitea: stored XSS by the media type of a blob).
 */
import { expect, test } from 'bun:test';
import { onEachApp } from '../support/on-each-app.ts';
import { codesOf, imageManifest } from '../support/registry.ts';
import { publicScene } from '../support/registry-scenes.ts';

const PAGE = '<!doctype html><script>alert(document.domain)</script>';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

onEachApp('scripts pushed as images', (started) => {
  test('a page pushed as a blob is saved by a browser, never shown, whatever the manifest calls it', async () => {
    const { app, client, image, headers, config } = await publicScene(await started);
    const { digest, size } = await client.pushBlob(headers, image, PAGE);
    for (const mediaType of ['text/html', 'image/svg+xml', 'application/xhtml+xml'])
      expect(
        (await client.putManifest(headers, image, 'v1', imageManifest(config, [{ mediaType, digest, size }]))).status,
      ).toBe(201);
    for (const more of [{}, { Accept: 'text/html' }, { Range: 'bytes=0-20' }] as Record<string, string>[]) {
      const answer = await app.fetch(`/v2/${image}/blobs/${digest}`, { headers: { ...headers, ...more } });
      expect([200, 206]).toContain(answer.status);
      expect(answer.headers.get('content-type')).toBe('application/octet-stream');
      expect(answer.headers.get('content-disposition')).toStartWith('attachment');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test('no manifest is kept under a type that a browser would show', async () => {
    const { app, client, image, headers, config } = await publicScene(await started);
    const body = JSON.stringify(imageManifest(config, [], { mediaType: undefined, annotations: { page: PAGE } }));
    for (const type of [
      'text/html',
      'TEXT/HTML; charset=utf-8',
      'image/svg+xml',
      'application/xhtml+xml',
      'text/html+json',
      '*/*',
    ]) {
      const refused = await client.putManifest(headers, image, 'page', body, type);
      expect([type, refused.status, await codesOf(refused)]).toEqual([type, 400, ['MANIFEST_INVALID']]);
    }
    expect((await client.putManifest(headers, image, 'page', body)).status).toBe(201);
    const answer = await app.fetch(`/v2/${image}/manifests/page`, { headers: { ...headers, Accept: 'text/html' } });
    expect(answer.headers.get('content-type')).toBe(MANIFEST);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });
});
