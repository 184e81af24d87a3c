/**
 * The requests of the public conformance suites of the OCI distribution specification (1.1.1, and the one after it with
 * authentication, sha512 and the empty blob switched on), played request by request, as a user who may push and delete.
 * The rules behind them are tested one by one beside the code, in src/protocols/oci.
 */

import { expect, test } from 'bun:test';
import { defined } from '../../src/lib/defined.ts';
import { createConformanceClient } from '../support/conformance-client.ts';
import { onEachApp } from '../support/on-each-app.ts';
import { codesOf, imageManifest, indexOf, sha256, sha512 } from '../support/registry.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const ARTIFACT = 'application/vnd.example.artifact';
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256('{}'), size: 2 };
const random = (length: number) => crypto.getRandomValues(Buffer.alloc(length)) as Bytes;
const octets = { 'Content-Type': 'application/octet-stream' };

onEachApp('OCI conformance', (started) => {
  /** Two new repositories, and the client. */
  const setUp = async () => {
    const app = await started;
    const group = await app.seed.group();
    const one = await app.seed.project(group);
    const two = await app.seed.project(group);
    const user = await app.seed.member(group, 'maintainer');
    const ask = createConformanceClient(app, { username: user.username, secret: user.token });
    const repository = `/v2/${one.full_path}`;
    const uploads = `${repository}/blobs/uploads/`;

    const begin = async (query = '') => {
      const answer = await ask('POST', `${uploads}${query}`);
      expect(answer.status).toBe(202);
      return locationOf(answer);
    };
    const end = (location: string, digest: string, body?: Bytes, headers = {}) =>
      ask('PUT', withDigest(location, digest), { headers: { ...octets, ...headers }, ...defined({ body }) });
    const chunk = (location: string, bytes: Bytes, from: number, to: number) =>
      ask('PATCH', location, { headers: { ...octets, ...rangeOf(from, to) }, body: bytes.subarray(from, to) as Bytes });
    const pushBlob = async (bytes: Bytes | string, digest = sha256(bytes), at = uploads) => {
      const answer = await ask('POST', withDigest(at, digest), { headers: octets, body: bytes });
      expect(answer.status).toBe(201);
      return { mediaType: LAYER, digest, size: Buffer.byteLength(bytes) };
    };
    return { app, ask, repository, other: `/v2/${two.full_path}`, uploads, begin, end, chunk, pushBlob };
  };
  type World = Awaited<ReturnType<typeof setUp>>;

  test('ping, and a repository without anything in it', async () => {
    const { ask, repository } = await setUp();
    expect((await ask('GET', '/v2/')).status).toBe(200);
    expect([200, 404]).toContain((await ask('GET', `${repository}/tags/list`)).status);
    const referrers = await ask('GET', `${repository}/referrers/${sha256(random(8))}`);
    expect([referrers.status, referrers.headers.get('content-type')]).toEqual([200, INDEX]);
    expect(await referrers.json()).toEqual({ schemaVersion: 2, mediaType: INDEX, manifests: [] });
    const wrong = await ask('GET', `${repository}/manifests/sha256:totallywrong`);
    expect([400, 404]).toContain(wrong.status);
    expect(await codesOf(wrong)).not.toEqual([]);
    expect((await ask('PUT', `${repository}/manifests/sha256:baddigeststring`, { body: '{}' })).status).toBe(400);
    for (const reference of ['no-such-tag', sha256(random(8))])
      for (const method of ['GET', 'HEAD'])
        expect((await ask(method, `${repository}/manifests/${reference}`)).status).toBe(404);
  });

  test('every answer says which API it is, and an error is of the one shape', async () => {
    const { app, ask, repository, uploads } = await setUp();
    const answers = [
      await ask('GET', '/v2/'),
      await ask('GET', `${repository}/tags/list`),
      await ask('POST', uploads),
      await ask('GET', `${repository}/blobs/${sha256('nowhere')}`),
      await ask('PUT', `${repository}/manifests/bad%20tag`, { body: '{}' }),
      await ask('GET', `${uploads}${crypto.randomUUID()}`),
      await ask('GET', `${repository}/nothing/of/the/kind`),
      await ask('POST', `${repository}/tags/list`),
      await app.fetch(`${repository}/tags/list`),
    ];
    for (const answer of answers) {
      expect([answer.url, answer.headers.get('docker-distribution-api-version')]).toEqual([answer.url, 'registry/2.0']);
      if (answer.status >= 400) expect(await codesOf(answer)).toEqual([expect.stringMatching(/^[A-Z_]+$/)]);
    }
  });

  for (const [algorithm, digestOf] of Object.entries({ sha256, sha512 })) {
    /** Each way to push a blob, and what it is answered with at its end. */
    const ways: Record<string, (world: World, bytes: Bytes, digest: string) => Promise<Response>> = {
      'post only': ({ ask, uploads }, bytes, digest) =>
        ask('POST', withDigest(uploads, digest), { headers: octets, body: bytes }),
      'post and put': async ({ begin, end }, bytes, digest) => end(await begin(), digest, bytes),
      'post with the algorithm, and put': async ({ begin, end }, bytes, digest) =>
        end(await begin(`?digest-algorithm=${algorithm}`), digest, bytes),
      'one chunk': async ({ begin, chunk, end }, bytes, digest) =>
        end(locationOf(await chunk(await begin(), bytes, 0, bytes.length)), digest),
      'a stream': async ({ begin, ask, end }, bytes, digest) =>
        end(locationOf(await ask('PATCH', await begin(), { headers: octets, body: bytes })), digest),
      'three chunks': async ({ begin, chunk, end }, bytes, digest) => {
        let location = await begin();
        for (const [from, to] of thirds(bytes)) {
          const answer = await chunk(location, bytes, from, to);
          expect([answer.status, answer.headers.get('range')]).toEqual([202, `0-${to - 1}`]);
          location = locationOf(answer);
        }
        return end(location, digest);
      },
      'two chunks, and the last in the put; out of order first': async ({ ask, begin, chunk, end }, bytes, digest) => {
        const [first, second, third] = thirds(bytes);
        let location = await begin();
        expect((await chunk(location, bytes, ...second)).status).toBe(416);
        location = locationOf(await chunk(location, bytes, ...first));
        expect((await chunk(location, bytes, ...first)).status).toBe(416);
        const status = await ask('GET', location);
        expect([status.status, status.headers.get('range')]).toEqual([204, `0-${first[1] - 1}`]);
        location = locationOf(await chunk(locationOf(status), bytes, ...second));
        expect((await end(location, digest, bytes.subarray(...first) as Bytes, rangeOf(...first))).status).toBe(416);
        return end(location, digest, bytes.subarray(...third) as Bytes, rangeOf(...third));
      },
      'a mount': async ({ ask, pushBlob, uploads, other }, bytes, digest) => {
        await pushBlob(bytes, digest, `${other}/blobs/uploads/`);
        return ask('POST', `${uploads}?mount=${digest}&from=${other.slice('/v2/'.length)}`);
      },
      'a mount of what is not there': async ({ ask, end, uploads, other }, bytes, digest) => {
        const answer = await ask('POST', `${uploads}?mount=${digest}&from=${other.slice('/v2/'.length)}`);
        expect(answer.status).toBe(202);
        return end(locationOf(answer), digest, bytes);
      },
      'a mount from nowhere': async ({ begin, end }, bytes, digest) =>
        end(await begin(`?mount=${digest}`), digest, bytes),
    };

    for (const [way, push] of Object.entries(ways)) {
      test(`${algorithm}: a blob by ${way} is there, and gone when it is deleted`, async () => {
        const world = await setUp();
        for (const bytes of way.includes('chunk')
          ? [random(4000)]
          : [random(2048), Buffer.alloc(0), Buffer.from('{}')]) {
          const digest = digestOf(bytes as Bytes);
          const blob = `${world.repository}/blobs/${digest}`;
          for (const method of ['HEAD', 'GET']) expect((await world.ask(method, blob)).status).toBe(404);
          const pushed = await push(world, bytes as Bytes, digest);
          expect([way, pushed.status]).toEqual([way, 201]);
          expect(pushed.headers.get('docker-content-digest')).toBe(digest);
          const head = await world.ask('HEAD', blob);
          expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
          for (const path of [blob, locationOf(pushed)])
            expect(Buffer.from(await (await world.ask('GET', path)).arrayBuffer()).equals(bytes)).toBe(true);
          expect((await world.ask('DELETE', blob)).status).toBe(202);
          for (const method of ['GET', 'DELETE']) expect((await world.ask(method, blob)).status).toBe(404);
        }
      });
    }

    test(`${algorithm}: bytes that are not what the digest says are refused, however they came`, async () => {
      const world = await setUp();
      const wrong = digestOf(random(16));
      for (const way of ['post only', 'post and put', 'one chunk', 'a stream']) {
        const answer = await ways[way]?.(world, random(2048), wrong);
        expect([way, answer?.status]).toEqual([way, 400]);
        expect((await world.ask('HEAD', `${world.repository}/blobs/${wrong}`)).status).toBe(404);
      }
    });
  }

  test('a cancelled upload is gone', async () => {
    const { ask, begin, end } = await setUp();
    const location = await begin();
    expect((await ask('DELETE', location)).status).toBe(204);
    expect((await ask('GET', location)).status).toBe(404);
    expect((await end(location, sha256(''))).status).toBe(404);
  });

  test('the six ranges', async () => {
    const { ask, repository, pushBlob } = await setUp();
    const bytes = random(2048);
    const { digest } = await pushBlob(bytes);
    for (const [range, from, to] of [
      ['500-1499', 500, 1500],
      ['500-', 500, 2048],
      ['-500', 1548, 2048],
      ['2000-5000', 2000, 2048],
    ] as const) {
      const answer = await ask('GET', `${repository}/blobs/${digest}`, { headers: { Range: `bytes=${range}` } });
      expect([answer.status, answer.headers.get('content-range')]).toEqual([206, `bytes ${from}-${to - 1}/2048`]);
      expect(answer.headers.get('content-length')).toBe(String(to - from));
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes.subarray(from, to))).toBe(true);
    }
    for (const range of ['500-0', '5000-10000'])
      expect((await ask('GET', `${repository}/blobs/${digest}`, { headers: { Range: `bytes=${range}` } })).status).toBe(
        416,
      );
  });

  test('every kind of manifest: pushed by tag and by digest, listed, read, referred to, deleted', async () => {
    const { ask, repository, pushBlob } = await setUp();
    await pushBlob('{}');
    const config = {
      ...(await pushBlob('{"architecture":"amd64","os":"linux"}')),
      mediaType: 'application/vnd.oci.image.config.v1+json',
    };
    const bytes = random(512);
    const layers = [await pushBlob(random(512)), await pushBlob(bytes, sha512(bytes))];
    const missing = { mediaType: MANIFEST, digest: sha256(random(8)), size: 123 };
    const put = async (name: string, value: object, reference?: string) => {
      const body = JSON.stringify(value);
      const type = (value as { mediaType: string }).mediaType;
      const digest = sha256(body);
      const answer = await ask('PUT', `${repository}/manifests/${reference ?? digest}`, {
        headers: { 'Content-Type': type },
        body,
      });
      expect([name, answer.status]).toEqual([name, 201]);
      expect(answer.headers.get('docker-content-digest')).toBe(digest);
      const { subject, artifactType } = value as { subject?: { digest: string }; artifactType?: string };
      expect(answer.headers.get('oci-subject')).toBe(subject?.digest ?? null);
      for (const path of new Set([locationOf(answer), `${repository}/manifests/${reference ?? digest}`]))
        for (const method of ['HEAD', 'GET']) {
          const read = await ask(method, path);
          expect([name, read.status, read.headers.get('content-type')]).toEqual([name, 200, type]);
          expect(read.headers.get('content-length')).toBe(String(Buffer.byteLength(body)));
          if (method === 'GET') expect(await read.text()).toBe(body);
        }
      return { mediaType: type, digest, size: Buffer.byteLength(body), ...defined({ artifactType }) };
    };
    const image = await put('image', imageManifest(config, layers), 'image');
    const annotations = Object.fromEntries(
      Array.from({ length: 39 }, (_, n) => [`org.example.${n}`, 'x'.repeat(100_000)]),
    );
    await put('large manifest', imageManifest(config, layers, { annotations }), 'large');
    const index = await put('index', indexOf([image]), 'index');
    await put('nested index', indexOf([index]), 'nested');
    await put('empty index', indexOf([]), 'empty-index');
    await put('artifact index', indexOf([image], { artifactType: ARTIFACT }), 'artifact-index');
    await put('data field', imageManifest({ ...EMPTY, data: 'e30=' }, layers), 'data');
    await put('custom fields', imageManifest(config, layers, { 'org.example': { any: [1] } }), 'custom');
    await put('no layers', imageManifest(config, []), 'no-layers');
    const foreign = {
      ...missing,
      mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
      urls: ['https://example.com/x'],
    };
    await put('nondistributable', imageManifest(config, [foreign]), 'nondistributable');

    const expected = [];
    for (let n = 0; n < 5; n++) {
      const more = {
        artifactType: n < 2 ? ARTIFACT : `${ARTIFACT}.${n}`,
        subject: image,
        annotations: { n: String(n) },
      };
      const value = n === 4 ? indexOf([], more) : imageManifest(EMPTY, n === 3 ? [] : [EMPTY], more);
      expected.push({ ...(await put(`referrer ${n}`, value)), annotations: more.annotations });
    }
    await put('missing subject', imageManifest(EMPTY, [EMPTY], { artifactType: ARTIFACT, subject: missing }));
    const referrers = async (query: string) => {
      const answer = await ask('GET', `${repository}/referrers/${query}`);
      expect(answer.headers.get('content-type')).toBe(INDEX);
      const { manifests } = (await answer.json()) as { manifests: { digest: string }[] };
      return { manifests, filters: answer.headers.get('oci-filters-applied') };
    };
    const all = await referrers(image.digest);
    expect(all.manifests).toHaveLength(5);
    for (const one of expected) expect(all.manifests).toContainEqual(one);
    const filtered = await referrers(`${image.digest}?artifactType=${ARTIFACT}`);
    expect([filtered.manifests.length, filtered.filters]).toEqual([2, 'artifactType']);
    expect((await referrers(missing.digest)).manifests).toHaveLength(1);

    const tags = async (query = '') =>
      ((await (await ask('GET', `${repository}/tags/list${query}`)).json()) as { tags: string[] }).tags;
    const names = await tags();
    expect(names).toEqual(names.toSorted());
    expect(await tags('?n=4')).toEqual(names.slice(0, 4));
    expect(await tags(`?n=3&last=${names[3]}`)).toEqual(names.slice(4, 7));
    expect(await tags('?n=0')).toEqual([]);
    expect((await ask('DELETE', `${repository}/manifests/index`)).status).toBe(202);
    expect((await ask('GET', `${repository}/manifests/index`)).status).toBe(404);
    expect((await ask('GET', `${repository}/manifests/${index.digest}`)).status).toBe(200);
    expect(await tags()).toEqual(names.filter((name) => name !== 'index'));
    // A manifest goes after the indexes that list it, as in GitLab; the specification leaves that to the registry.
    expect((await ask('DELETE', `${repository}/manifests/${image.digest}`)).status).toBe(409);
    const listing = ['nested', 'artifact-index'];
    const indexes = await Promise.all(
      listing.map(async (tag) =>
        (await ask('HEAD', `${repository}/manifests/${tag}`)).headers.get('docker-content-digest'),
      ),
    );
    for (const digest of [expected[0]?.digest, ...indexes, index.digest, image.digest]) {
      expect((await ask('DELETE', `${repository}/manifests/${digest}`)).status).toBe(202);
      expect((await ask('GET', `${repository}/manifests/${digest}`)).status).toBe(404);
    }
    expect((await referrers(image.digest)).manifests).toHaveLength(4);
    expect(await tags()).not.toContain('image');
  });

  test('a manifest under a digest that it has not, one with sha512, and one with tags', async () => {
    const { ask, repository, pushBlob } = await setUp();
    const body = JSON.stringify(imageManifest(await pushBlob('{}'), []));
    const put = (reference: string) =>
      ask('PUT', `${repository}/manifests/${reference}`, { headers: { 'Content-Type': MANIFEST }, body });
    expect((await put(sha256(random(8)))).status).toBe(400);
    expect((await put(sha512(random(8)))).status).toBe(400);
    expect((await put(sha512(body))).status).toBe(201);
    expect(await (await ask('GET', `${repository}/manifests/${sha512(body)}`)).text()).toBe(body);
    const tagged = await put(`${sha256(body)}?tag=a&tag=b`);
    expect([tagged.status, tagged.headers.get('oci-tag')]).toEqual([201, 'a, b']);
    expect(await (await ask('GET', `${repository}/tags/list`)).json()).toMatchObject({ tags: ['a', 'b'] });
  });
});

const locationOf = (answer: Response) => answer.headers.get('location') ?? '';
const withDigest = (location: string, digest: string) =>
  `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
const rangeOf = (from: number, to: number) => ({ 'Content-Range': `${from}-${to - 1}` });
const thirds = (bytes: Bytes): [[number, number], [number, number], [number, number]] => [
  [0, 1500],
  [1500, 3000],
  [3000, bytes.length],
];
