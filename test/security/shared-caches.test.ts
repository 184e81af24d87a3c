/**
 * The attack: ask a cache that many share, in front of the server, for what somebody with a token has fetched through
 * it. It caches no response to a request with `Authorization` unless the response allows it; of `Deploy-Token` and
 * `PRIVATE-TOKEN` it knows nothing. RFC 9111 section 3.
 */
import { expect, test } from 'bun:test';
import { onEachEngine } from '../support/engines.ts';
import { packageScene } from '../support/package-scene.ts';
import { uploadForm, wheel } from '../support/wheel.ts';

onEachEngine('caches that many share', (engine) => {
  test('every response about packages is marked private or not cacheable', async () => {
    await using scene = await packageScene(engine);
    expect((await scene.publishNpm({ name: 'core', version: '1.0.0' })).status).toBe(200);
    expect((await scene.send('POST', 'pypi', uploadForm('core', '1.0', wheel('core', '1.0')))).status).toBe(201);
    expect((await scene.send('PUT', 'generic/core/1/core.bin', 'x')).status).toBe(201);
    const jar = 'maven/com/example/core/1.0/core-1.0.jar';
    expect((await scene.send('PUT', jar, 'x')).status).toBe(200);
    const npm = ['core', 'core/1.0.0', 'core/latest', 'core/-/core-1.0.0.tgz', '-/package/core/dist-tags'];
    const paths = [
      ...[...npm, '-/whoami', '-/ping', '-/v1/search?text=core'].map((path) => `npm/${path}`),
      'pypi/simple',
      'pypi/simple/core',
      'generic/core/1/core.bin',
      jar,
      `${jar}.sha1`,
      `${jar}.sha256`,
      'maven/com/example/core/maven-metadata.xml',
      'maven/com/example/core/maven-metadata.xml.md5',
    ];
    for (const path of paths) {
      const { status, headers } = await scene.get(path);
      const shown = headers.get('cache-control');
      expect([path, status, shown]).toEqual([path, 200, expect.stringMatching(/^(no-store$|private,)/)]);
    }
  });
});
