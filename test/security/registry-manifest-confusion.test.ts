/**
 * The attack: a manifest that one client reads as an image and another as an index, so that what was scanned is not
 * what is run. CVE-2021-41190.
 */
import { expect, test } from 'bun:test';
import { onEachApp } from '../support/on-each-app.ts';
import { codesOf, imageManifest, indexOf } from '../support/registry.ts';
import { publicScene } from '../support/registry-scenes.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

onEachApp('manifests of two kinds', (started) => {
  test('nothing that is both image and index, and nothing as another thing than it says', async () => {
    const { client, image, headers, config } = await publicScene(await started);
    const both = { ...imageManifest(config, []), manifests: [] };
    const { mediaType: _, ...silent } = imageManifest(config, []);
    for (const [manifest, type] of [
      [both, MANIFEST],
      [{ ...both, mediaType: INDEX }, INDEX],
      [imageManifest(config, []), INDEX],
      [imageManifest(config, []), DOCKER],
      [indexOf([]), MANIFEST],
      [silent, INDEX],
      [{ ...indexOf([]), mediaType: undefined }, MANIFEST],
    ] as const) {
      const refused = await client.putManifest(headers, image, 'both', manifest, type);
      expect([refused.status, await codesOf(refused)]).toEqual([400, ['MANIFEST_INVALID']]);
    }
    // The same bytes under another of the two types of images.
    expect((await client.putManifest(headers, image, 'one', silent)).status).toBe(201);
    expect((await client.putManifest(headers, image, 'other', silent, DOCKER)).status).toBe(400);
  });
});
