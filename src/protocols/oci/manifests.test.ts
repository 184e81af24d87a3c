import { expect, test } from 'bun:test';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import {
  codesOf,
  createRegistryClient,
  imageManifest,
  indexOf,
  sha256,
  sha512,
} from '../../../test/support/registry.ts';

const OCI = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

onEachApp('manifests', (started) => {
  /** An image of its own, with a configuration and a layer in it, and everything allowed. */
  const setUp = async () => {
    const app = await started;
    const client = createRegistryClient(app);
    const project = await app.seed.project(await app.seed.group());
    const admin = await app.seed.user({ admin: true });
    const image = `${project.full_path}/app`;
    const headers = await client.signIn({ username: admin.username, secret: admin.token }, `repository:${image}:*`);
    const config = await client.pushBlob(headers, image, '{}');
    const layer = await client.pushBlob(headers, image, crypto.getRandomValues(new Uint8Array(100)));
    const put = (reference: string, manifest: unknown, type = OCI) =>
      client.putManifest(headers, image, reference, manifest, type);
    const send = (method: string, reference: string, more: Record<string, string> = {}) =>
      app.fetch(`/v2/${image}/manifests/${reference}`, { method, headers: { ...headers, ...more } });
    return { app, client, project, image, headers, config, layer, put, send };
  };

  test('end-7a, end-3: the very bytes come back, by tag and by digest, whatever Accept says', async () => {
    const { image, config, layer, put, send } = await setUp();
    const text = `${JSON.stringify(imageManifest(config, [layer]), null, 3)}\n `;
    const digest = sha256(text);
    const stored = await put('v1.0_A-b', text, `${OCI}; charset=utf-8`);
    expect(stored.status).toBe(201);
    expect(stored.headers.get('location')).toBe(`/v2/${image}/manifests/${digest}`);
    expect(stored.headers.get('docker-content-digest')).toBe(digest);
    expect(stored.headers.get('oci-subject')).toBeNull();
    for (const reference of ['v1.0_A-b', digest]) {
      for (const method of ['GET', 'HEAD']) {
        const response = await send(method, reference, { Accept: 'application/json' });
        expect(response.status).toBe(200);
        expect(Object.fromEntries(response.headers)).toMatchObject({
          'content-type': OCI,
          'content-length': String(text.length),
          'docker-content-digest': digest,
          etag: `"${digest}"`,
        });
        expect(await response.text()).toBe(method === 'GET' ? text : '');
      }
    }
  });

  test('a client that has the manifest gets 304', async () => {
    const { config, layer, put, send } = await setUp();
    const manifest = imageManifest(config, [layer]);
    await put('v1', manifest);
    const tag = `"${sha256(JSON.stringify(manifest))}"`;
    expect((await send('GET', 'v1', { 'If-None-Match': tag })).status).toBe(304);
    await put('v1', { ...manifest, annotations: { moved: 'yes' } });
    expect((await send('GET', 'v1', { 'If-None-Match': tag })).status).toBe(200);
  });

  test('a missing manifest is 404 MANIFEST_UNKNOWN; an invalid digest is 400 or 404', async () => {
    const { config, put, send } = await setUp();
    for (const reference of ['nothing', sha256('nothing'), sha512('nothing'), '-wrong', 'x'.repeat(129)]) {
      const response = await send('GET', reference);
      expect(response.status).toBe(404);
      expect(await codesOf(response)).toEqual(['MANIFEST_UNKNOWN']);
      expect((await send('DELETE', reference)).status).toBe(404);
    }
    expect([400, 404]).toContain((await send('GET', 'sha256:totallywrong')).status);
    const bad = await put('sha256:baddigeststring', imageManifest(config, []));
    expect(bad.status).toBe(400);
    expect(await codesOf(bad)).toEqual(['DIGEST_INVALID']);
  });

  test('by its digest, sha256 or sha512; another digest is refused', async () => {
    const { config, layer, put, send } = await setUp();
    const text = JSON.stringify(imageManifest(config, [layer]));
    for (const digest of [sha256(text), sha512(text)]) {
      const stored = await put(digest, text);
      expect(stored.status).toBe(201);
      expect(stored.headers.get('docker-content-digest')).toBe(digest);
      expect(await (await send('GET', digest)).text()).toBe(text);
    }
    for (const digest of [sha256('other'), sha512('other')]) {
      const refused = await put(digest, text);
      expect(refused.status).toBe(400);
      expect(await codesOf(refused)).toEqual(['DIGEST_INVALID']);
    }
  });

  test('end-7b: with tags, when it is pushed by its digest', async () => {
    const { config, layer, put, send } = await setUp();
    const text = JSON.stringify(imageManifest(config, [layer]));
    const stored = await put(`${sha256(text)}?tag=one&tag=two`, text);
    expect(stored.headers.get('oci-tag')).toBe('one, two');
    for (const tag of ['one', 'two']) expect((await send('HEAD', tag)).status).toBe(200);
    expect((await put(`${sha256(text)}?tag=-wrong`, text)).status).toBe(400);
  });

  test('the first of many faults is reported, and up to a hundred missing references', async () => {
    const { layer, put } = await setUp();
    const many = (part: string) => `[${`${part},`.repeat(60_000)}${part}]`;
    const digest = JSON.stringify(sha256('x'));
    for (const [manifest, at] of [
      [`{"layers":${many('{}')}}`, 'layers.0.digest'],
      [`{"blobs":[{"size":1,"digest":${digest}},{"size":-1,"digest":${digest}}]}`, 'blobs.1.size'],
      [`{"manifests":${many('[]')}}`, 'manifests.0'],
      [`{"config":{"size":1,"digest":${digest},"urls":${many('1')}}}`, 'config.urls'],
      [`{"annotations":${many('1')}}`, 'annotations'],
    ] as const) {
      const response = await put('v1', manifest);
      expect(response.status).toBe(400);
      expect(await response.text()).toContain(`The manifest is malformed at ${at}: `);
    }
    const missing = Array.from({ length: 150 }, (_, n) => ({ ...layer, digest: sha256(`missing ${n}`) }));
    const response = await put('v1', indexOf(missing), INDEX);
    expect(response.status).toBe(400);
    expect(await codesOf(response)).toEqual(Array(100).fill('MANIFEST_BLOB_UNKNOWN'));
  });

  test('everything that it refers to must be in this image: each missing reference is reported', async () => {
    const { app, client, project, config, layer, put, send } = await setUp();
    const a = sha256('a');
    const b = sha256('b');
    const missing = await put('v1', imageManifest({ ...config, digest: a }, [layer, { ...layer, digest: b }]));
    expect(missing.status).toBe(400);
    const { errors } = (await missing.json()) as { errors: { code: string; detail: { digest: string } }[] };
    expect(errors.map(({ code, detail }) => [code, detail.digest])).toEqual([
      ['MANIFEST_BLOB_UNKNOWN', a],
      ['MANIFEST_BLOB_UNKNOWN', b],
    ]);
    expect((await send('GET', 'v1')).status).toBe(404);

    const admin = await app.seed.user({ admin: true });
    const other = `${project.full_path}/other`;
    const headers = await client.signIn({ username: admin.username, secret: admin.token }, `repository:${other}:*`);
    const elsewhere = await client.putManifest(headers, other, 'v1', imageManifest(config, [layer]));
    expect(elsewhere.status).toBe(400);
    // A push that failed makes no image.
    expect((await app.fetch(`/v2/${other}/tags/list`, { headers })).status).toBe(404);
  });

  test('layers that are fetched from elsewhere need not be here; nor need a subject, nor any layer', async () => {
    const { config, layer, put } = await setUp();
    const away = { ...layer, digest: sha256('away') };
    for (const [tag, manifest] of Object.entries({
      urls: imageManifest(config, [{ ...away, urls: ['https://example.com/layer'] }]),
      foreign: imageManifest(config, [
        { ...away, mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' },
      ]),
      restricted: imageManifest(config, [
        { ...away, mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip' },
      ]),
      subject: imageManifest(config, [layer], { subject: { ...away, mediaType: OCI } }),
      none: imageManifest(config, []),
      custom: imageManifest(config, [layer], { 'org.example.field': { any: ['thing'] } }),
      data: imageManifest({ ...config, data: 'e30=' }, [layer]),
    }))
      expect([tag, (await put(tag, manifest)).status]).toEqual([tag, 201]);
  });

  test('indexes, of manifests, of indexes and of blobs, and none at all', async () => {
    const { config, layer, put, send } = await setUp();
    const child = imageManifest(config, [layer]);
    await put('child', child);
    const text = JSON.stringify(child);
    const entry = { mediaType: OCI, digest: sha256(text), size: text.length };
    const index = indexOf([entry]);
    expect((await put('index', index, INDEX)).status).toBe(201);
    expect((await send('GET', 'index')).headers.get('content-type')).toBe(INDEX);
    const nested = { mediaType: INDEX, digest: sha256(JSON.stringify(index)), size: JSON.stringify(index).length };
    expect((await put('nested', indexOf([nested, entry]), INDEX)).status).toBe(201);
    expect((await put('cache', indexOf([layer, config]), INDEX)).status).toBe(201);
    expect((await put('empty', indexOf([]), INDEX)).status).toBe(201);
    const missing = await put('missing', indexOf([{ ...entry, digest: sha256('missing') }]), INDEX);
    expect(await codesOf(missing)).toEqual(['MANIFEST_BLOB_UNKNOWN']);
  });

  test('Docker images and lists, and artifacts of any kind', async () => {
    const { config, layer, put, send } = await setUp();
    const docker = { schemaVersion: 2, mediaType: DOCKER, config, layers: [layer] };
    expect((await put('docker', docker, DOCKER)).status).toBe(201);
    const text = JSON.stringify(docker);
    const entry = { mediaType: DOCKER, digest: sha256(text), size: text.length, platform: { os: 'linux' } };
    expect(
      (await put('list', { schemaVersion: 2, mediaType: DOCKER_LIST, manifests: [entry] }, DOCKER_LIST)).status,
    ).toBe(201);
    expect((await send('GET', 'list')).headers.get('content-type')).toBe(DOCKER_LIST);
    const helm = { ...config, mediaType: 'application/vnd.cncf.helm.config.v1+json' };
    expect((await put('helm', imageManifest(helm, [layer]))).status).toBe(201);
    const artifact = 'application/vnd.oci.artifact.manifest.v1+json';
    expect((await put('artifact', { mediaType: artifact, artifactType: 'x/y', blobs: [layer] }, artifact)).status).toBe(
      201,
    );
  });

  test('a malformed or ambiguous manifest is 400 MANIFEST_INVALID with a sentence', async () => {
    const { config, layer, put } = await setUp();
    const good = imageManifest(config, [layer]);
    const v1 = 'application/vnd.docker.distribution.manifest.v1+json';
    const wrong: [string, unknown, string][] = [
      ['not JSON', '{', OCI],
      ['not an object', '[]', OCI],
      ['nothing', 'null', OCI],
      ['not UTF-8', '"\ud800', OCI],
      ['another media type', good, DOCKER],
      ['an index by its header', good, INDEX],
      ['an image that is an index', { ...good, manifests: [] }, OCI],
      ['an index that is an image', { ...indexOf([]), layers: [] }, INDEX],
      ['both, and a media type of nobody', { config, layers: [], manifests: [] }, 'application/vnd.example+json'],
      ['no configuration', { schemaVersion: 2, layers: [layer] }, OCI],
      ['a digest that is none', imageManifest({ ...config, digest: 'sha256:x' }, []), OCI],
      ['no size', imageManifest({ digest: config.digest }, []), OCI],
      ['a negative size', imageManifest({ ...config, size: -1 }, []), OCI],
      ['schema 3', { ...good, schemaVersion: 3 }, OCI],
      ['no schema', { ...good, schemaVersion: undefined }, OCI],
      ['annotations that are no words', { ...good, annotations: { a: 1 } }, OCI],
      ['annotations that are a list', { ...good, annotations: ['a'] }, OCI],
      ['addresses that are no words', imageManifest({ ...config, urls: [1] }, []), OCI],
      ['layers that are no list', { ...good, layers: { length: 1 } }, OCI],
      ['sizes that nobody can add up', imageManifest(config, Array(2).fill({ ...layer, size: 2 ** 53 - 1 })), OCI],
      ['a page', good, 'text/html'],
      ['nothing to refer to', {}, 'application/vnd.example+json'],
      ['schema 1', { schemaVersion: 1, fsLayers: [] }, v1],
      ['schema 1, signed', { schemaVersion: 1, fsLayers: [] }, v1.replace('+json', '+prettyjws')],
      ['schema 1 under another name', { schemaVersion: 1, mediaType: OCI }, OCI],
    ];
    for (const [what, manifest, type] of wrong) {
      const response = await put('v1', manifest, type);
      expect([what, response.status]).toEqual([what, 400]);
      expect([what, await codesOf(response)]).toEqual([what, ['MANIFEST_INVALID']]);
    }
    const tag = await put('-v1', good);
    expect([tag.status, await codesOf(tag)]).toEqual([400, ['MANIFEST_INVALID']]);
  });

  test('the same bytes cannot be pushed again as something else', async () => {
    const { put, send } = await setUp();
    const text = JSON.stringify({ schemaVersion: 2, manifests: [] });
    expect((await put('a', text, INDEX)).status).toBe(201);
    expect((await put('b', text, DOCKER_LIST)).status).toBe(400);
    expect((await send('GET', 'b')).status).toBe(404);
  });

  test('4 MB are taken; more than 4 MiB are 413', async () => {
    const { config, layer, put, send } = await setUp();
    const large = imageManifest(config, [layer], { annotations: { large: 'x'.repeat(3_900_000) } });
    expect((await put('large', large)).status).toBe(201);
    expect((await send('GET', 'large')).headers.get('content-length')).toBe(String(JSON.stringify(large).length));
    const larger = imageManifest(config, [layer], { annotations: { large: 'x'.repeat(4 * 1024 * 1024) } });
    const refused = await put('larger', larger);
    expect(refused.status).toBe(413);
    expect(await codesOf(refused)).toEqual(['SIZE_INVALID']);
  });

  test('a tag may have the name of an earlier part of the address', async () => {
    const { config, layer, put, send } = await setUp();
    for (const tag of ['manifests', 'manifests-1', 'blobs']) {
      expect((await put(tag, imageManifest(config, [layer]))).status).toBe(201);
      expect((await send('GET', tag)).status).toBe(200);
    }
  });

  test('a tag moves, and what it was on stays', async () => {
    const { config, layer, put, send } = await setUp();
    const one = imageManifest(config, []);
    const two = imageManifest(config, [layer]);
    await put('latest', one);
    await put('latest', two);
    expect(await (await send('GET', 'latest')).json()).toEqual(two);
    expect((await send('GET', sha256(JSON.stringify(one)))).status).toBe(200);
  });

  test('end-9: a tag goes alone; a manifest with all tags on it; blobs only after it', async () => {
    const { app, image, headers, config, layer, put, send } = await setUp();
    const manifest = imageManifest(config, [layer]);
    const digest = sha256(JSON.stringify(manifest));
    for (const tag of ['one', 'two', 'three']) await put(tag, manifest);
    expect((await send('DELETE', 'one')).status).toBe(202);
    expect((await send('GET', 'one')).status).toBe(404);
    expect((await send('GET', digest)).status).toBe(200);
    const blob = `/v2/${image}/blobs/${layer.digest}`;
    const needed = await app.fetch(blob, { method: 'DELETE', headers });
    expect([needed.status, await codesOf(needed)]).toEqual([405, ['UNSUPPORTED']]);

    expect((await send('DELETE', digest)).status).toBe(202);
    for (const reference of ['two', 'three', digest]) expect((await send('GET', reference)).status).toBe(404);
    expect((await send('DELETE', digest)).status).toBe(404);
    expect((await app.fetch(blob, { method: 'DELETE', headers })).status).toBe(202);
  });

  test('GitLab’s own address for it takes a tag away, and never a manifest', async () => {
    const { app, image, headers, config, layer, put, send } = await setUp();
    const manifest = imageManifest(config, [layer]);
    const digest = sha256(JSON.stringify(manifest));
    for (const tag of ['one', 'reference', 'v1.2_x-y']) await put(tag, manifest);
    const remove = (tag: string, more: Record<string, string> = headers) =>
      app.fetch(`/v2/${image}/tags/reference/${tag}`, { method: 'DELETE', headers: more });
    for (const tag of ['one', 'reference']) {
      const done = await remove(tag);
      expect([done.status, done.headers.get('content-length')]).toEqual([202, '0']);
      expect((await send('GET', tag)).status).toBe(404);
    }
    for (const tag of ['one', 'none', digest, encodeURIComponent(digest), '-v1', 'a%2Fb']) {
      const refused = await remove(tag);
      expect([tag, refused.status, await codesOf(refused)]).toEqual([tag, 404, ['MANIFEST_UNKNOWN']]);
    }
    for (const reference of ['v1.2_x-y', digest]) expect((await send('GET', reference)).status).toBe(200);
    const anonymous = await remove('v1.2_x-y', {});
    expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining(`scope="repository:${image}:delete"`),
    ]);
  });

  test('many at once on one tag: each is stored, and the tag is one of them', async () => {
    const { config, layer, put, send } = await setUp();
    const manifests = Array.from({ length: 20 }, (_, n) =>
      imageManifest(config, [layer], { annotations: { n: `${n}` } }),
    );
    const stored = await Promise.all(manifests.map((manifest) => put('latest', manifest)));
    expect(stored.map(({ status }) => status)).toEqual(manifests.map(() => 201));
    const latest = (await (await send('GET', 'latest')).json()) as (typeof manifests)[number];
    expect(manifests).toContainEqual(latest);
    for (const manifest of manifests) expect((await send('HEAD', sha256(JSON.stringify(manifest)))).status).toBe(200);
  });
});
