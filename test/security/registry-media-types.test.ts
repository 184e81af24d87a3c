/**
 * The attacks: a page with a script, pushed as a blob or a manifest, that a browser would run on our origin (CVE-2026-103667,
 * Gitea: stored XSS by the media type of a blob); and a manifest that one client reads as an image and another
 * as an index, so that what was scanned is not what is run (CVE-2021-41190).
 */
import { afterAll, expect, test } from 'bun:test';
import { startApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { codesOf, createRegistryClient, imageManifest, indexOf } from '../support/registry.ts';

const PAGE = '<!doctype html><script>alert(document.domain)</script>';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

onEachEngine('media types in the registry', (engine) => {
  const started = startApp(engine);
  afterAll(async () => (await started)[Symbol.asyncDispose]());

  const setUp = async () => {
    const app = await started;
    const client = createRegistryClient(app);
    const project = await app.seed.project(await app.seed.group(null, { visibility: 'public' }), {
      visibility: 'public',
    });
    const token = await app.seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
    const image = project.full_path;
    const headers = await client.signIn(token, `repository:${image}:pull,push`);
    const config = await client.pushBlob(headers, image, '{}');
    return { app, client, image, headers, config };
  };

  test('a page pushed as a blob is saved by a browser, never shown, whatever the manifest calls it', async () => {
    const { app, client, image, headers, config } = await setUp();
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
    const { app, client, image, headers, config } = await setUp();
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

  test('nothing that is both image and index, and nothing as another thing than it says', async () => {
    const { client, image, headers, config } = await setUp();
    const both = { ...imageManifest(config, []), manifests: [] };
    const { mediaType: _, ...silent } = imageManifest(config, []);
    for (const [manifest, type] of [
      [both, MANIFEST],
      [{ ...both, mediaType: INDEX }, INDEX],
      [imageManifest(config, []), INDEX],
      [indexOf([]), MANIFEST],
      [silent, INDEX],
      [{ ...indexOf([]), mediaType: undefined }, MANIFEST],
    ] as const) {
      const refused = await client.putManifest(headers, image, 'both', manifest, type);
      expect([refused.status, await codesOf(refused)]).toEqual([400, ['MANIFEST_INVALID']]);
    }
    // The same bytes under another of the two types of images.
    expect((await client.putManifest(headers, image, 'one', silent)).status).toBe(201);
    const docker = 'application/vnd.docker.distribution.manifest.v2+json';
    expect((await client.putManifest(headers, image, 'other', silent, docker)).status).toBe(400);
  });
});
