import { expect, test } from 'bun:test';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { codesOf, createRegistryClient, imageManifest, indexOf, sha256 } from '../../../test/support/registry.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
// As Go sorts strings; a database that sorts as people do would mix the cases.
const TAGS = ['1.0', '1.10', '1.9', 'B', '_x', 'a', 'a-1', 'a.1', 'aB', 'ab', 'z'];

onEachApp('listings', (started) => {
  const setUp = async () => {
    const app = await started;
    const client = createRegistryClient(app);
    const project = await app.seed.project(await app.seed.group());
    const admin = await app.seed.user({ admin: true });
    const login = { username: admin.username, secret: admin.token };
    const image = `${project.full_path}/app`;
    const headers = await client.signIn(login, `repository:${image}:*`);
    const get = (path: string) => app.fetch(path.startsWith('/v2/') ? path : `/v2/${image}/${path}`, { headers });
    const push = async (reference: string, more: Record<string, unknown> = {}) => {
      const config = await client.pushBlob(headers, image, '{}');
      const manifest = imageManifest(config, [], more);
      const response = await client.putManifest(headers, image, reference, manifest);
      expect(response.status).toBe(201);
      const text = JSON.stringify(manifest);
      return { response, mediaType: manifest.mediaType, digest: sha256(text), size: text.length };
    };
    return { app, client, project, login, image, headers, get, push };
  };

  /** Goes through all pages by their links. */
  const walk = async (get: (path: string) => Promise<Response>, path: string): Promise<string[][]> => {
    const pages: string[][] = [];
    for (let next: string | undefined = path; next !== undefined; ) {
      const response = await get(next);
      const body = (await response.json()) as { tags?: string[]; repositories?: string[] };
      pages.push(body.tags ?? body.repositories ?? []);
      next = /^<(\/v2\/[^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
    }
    return pages;
  };

  test('end-8: tags come in ASCII order, in pages that link to the next', async () => {
    const { image, get, push } = await setUp();
    for (const tag of TAGS.toReversed()) await push(tag);
    const all = await get('tags/list');
    expect(await all.json()).toEqual({ name: image, tags: TAGS });
    expect(all.headers.get('link')).toBeNull();
    expect(await walk(get, `/v2/${image}/tags/list?n=4`)).toEqual([TAGS.slice(0, 4), TAGS.slice(4, 8), TAGS.slice(8)]);
    expect(await walk(get, `/v2/${image}/tags/list?n=11`)).toEqual([TAGS]);
    expect(await (await get('tags/list?last=a')).json()).toEqual({ name: image, tags: TAGS.slice(6) });
    expect(await (await get('tags/list?last=a0&n=2')).json()).toEqual({ name: image, tags: ['aB', 'ab'] });
    const none = await get('tags/list?n=0');
    expect([await none.json(), none.headers.get('link')]).toEqual([{ name: image, tags: [] }, null]);
    for (const n of ['-1', 'x', '1.5', '1e3']) {
      const response = await get(`tags/list?n=${n}`);
      expect([response.status, await codesOf(response)]).toEqual([400, ['PAGINATION_NUMBER_INVALID']]);
    }
  });

  test('an image that is not there is 404 NAME_UNKNOWN; one without tags has an empty list', async () => {
    const { client, image, headers, get } = await setUp();
    const missing = await get('tags/list');
    expect([missing.status, await codesOf(missing)]).toEqual([404, ['NAME_UNKNOWN']]);
    await client.pushBlob(headers, image, 'blob');
    expect(await (await get('tags/list')).json()).toEqual({ name: image, tags: [] });
  });

  test('the catalogue is for administrators, in ASCII order, and bounded whatever is asked', async () => {
    const { app, client, project, login, headers, push } = await setUp();
    await push('v1');
    const names = ['', '/b', '/a-b', '/a/b', '/a'].map((path) => project.full_path + path);
    for (const name of names)
      await client.pushBlob(await client.signIn(login, `repository:${name}:push`), name, 'blob');
    const admin = await client.signIn(login, 'registry:catalog:*');
    const get = (path: string) => app.fetch(path, { headers: admin });
    const all = (await walk(get, '/v2/_catalog?n=1000000000')).flat();
    expect(all).toEqual(all.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(all.filter((name) => name.startsWith(project.full_path))).toEqual(
      [...names, `${project.full_path}/app`].sort((a, b) => (a < b ? -1 : 1)),
    );
    expect((await walk(get, '/v2/_catalog?n=2')).flat()).toEqual(all);
    expect((await get('/v2/_catalog?n=99999999999999999999')).status).toBe(400);

    const token = await app.seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
    const signedIn = await client.signIn(token, 'registry:catalog:*');
    for (const [who, status] of [
      [{}, 401],
      [headers, 401],
      [signedIn, 403],
    ] as const)
      expect((await app.fetch('/v2/_catalog', { headers: who })).status).toBe(status);
    const challenge = (await app.fetch('/v2/_catalog')).headers.get('www-authenticate');
    expect(challenge).toContain('scope="registry:catalog:*"');
  });

  test('end-12: what refers to a manifest, with its type and annotations, there or not', async () => {
    const { client, image, headers, get, push } = await setUp();
    const nothing = await get(`referrers/${sha256('nothing')}`);
    expect(nothing.status).toBe(200);
    expect(nothing.headers.get('content-type')).toBe(INDEX);
    expect(await nothing.json()).toEqual({ schemaVersion: 2, mediaType: INDEX, manifests: [] });

    const { response: _, ...subject } = await push('v1');
    const signature = await push('sig', { subject, artifactType: 'x/signature', annotations: { who: 'me' } });
    expect(signature.response.headers.get('oci-subject')).toBe(subject.digest);
    const sbom = await push('sbom', { subject, annotations: { what: 'sbom' } });
    const index = JSON.stringify(indexOf([], { subject, annotations: { an: 'index' } }));
    expect((await client.putManifest(headers, image, sha256(index), index, INDEX)).status).toBe(201);
    const expected = [
      { ...toEntry(signature), artifactType: 'x/signature', annotations: { who: 'me' } },
      { ...toEntry(sbom), artifactType: 'application/octet-stream', annotations: { what: 'sbom' } },
      { mediaType: INDEX, digest: sha256(index), size: index.length, annotations: { an: 'index' } },
    ].sort((a, b) => (a.digest < b.digest ? -1 : 1));
    const list = await get(`referrers/${subject.digest}`);
    expect(list.headers.get('oci-filters-applied')).toBeNull();
    expect(((await list.json()) as { manifests: unknown }).manifests).toEqual(expected);

    const filtered = await get(`referrers/${subject.digest}?artifactType=x%2Fsignature`);
    expect(filtered.headers.get('oci-filters-applied')).toBe('artifactType');
    expect(
      ((await filtered.json()) as { manifests: { digest: string }[] }).manifests.map((each) => each.digest),
    ).toEqual([signature.digest]);
    const invalid = await get('referrers/sha256:nonsense');
    expect([invalid.status, await codesOf(invalid)]).toEqual([400, ['DIGEST_INVALID']]);

    await (await started).fetch(`/v2/${image}/manifests/${signature.digest}`, { method: 'DELETE', headers });
    const fewer = (await (await get(`referrers/${subject.digest}`)).json()) as { manifests: unknown[] };
    expect(fewer.manifests).toHaveLength(2);
  });

  test('referrers that a client has listed under a tag, as for a registry without the API, are listed once', async () => {
    const { client, image, headers, get, push } = await setUp();
    const text = JSON.stringify(imageManifest(await client.pushBlob(headers, image, '{}'), []));
    const subject = { mediaType: MANIFEST, digest: sha256(text), size: text.length };
    // Pushed before what it refers to, and listed in the index that such clients keep.
    const { response: _, ...referrer } = await push('signature', { subject });
    const { response: __, ...stranger } = await push('stranger');
    const listed = indexOf([referrer, stranger]);
    const fallback = await client.putManifest(headers, image, subject.digest.replace(':', '-'), listed, INDEX);
    expect(fallback.status).toBe(201);
    expect((await client.putManifest(headers, image, 'v1', text)).status).toBe(201);
    const { manifests } = (await (await get(`referrers/${subject.digest}`)).json()) as { manifests: object[] };
    // The other one names no subject: the tag alone makes no referrer of it.
    expect(manifests).toMatchObject([{ digest: referrer.digest }]);
  });

  test('referrers come in pages, too', async () => {
    const { image, get, push } = await setUp();
    const { response: _, ...subject } = await push('v1');
    const digests: string[] = [];
    for (let n = 0; n < 5; n++) digests.push((await push(`s${n}`, { subject, annotations: { n: `${n}` } })).digest);
    const seen: string[] = [];
    for (let next: string | undefined = `/v2/${image}/referrers/${subject.digest}?n=2`; next !== undefined; ) {
      const response = await get(next);
      const { manifests } = (await response.json()) as { manifests: { digest: string }[] };
      expect(manifests.length).toBeLessThanOrEqual(2);
      seen.push(...manifests.map((each) => each.digest));
      next = /^<([^>]+)>/.exec(response.headers.get('link') ?? '')?.[1];
    }
    expect(seen).toEqual(digests.sort());
  });

  test('a page of referrers is no larger than a client takes, however much they say', async () => {
    const { image, get, push } = await setUp();
    const { response: _, ...subject } = await push('v1');
    const digests: string[] = [];
    for (let n = 0; n < 3; n++)
      digests.push((await push(`s${n}`, { subject, annotations: { n: `${n}${'x'.repeat(1_800_000)}` } })).digest);
    const seen: string[][] = [];
    for (let next: string | undefined = `/v2/${image}/referrers/${subject.digest}`; next !== undefined; ) {
      const response = await get(next);
      const text = await response.text();
      expect(text.length).toBeLessThan(4 * 1024 ** 2);
      seen.push((JSON.parse(text) as { manifests: { digest: string }[] }).manifests.map((each) => each.digest));
      next = /^<([^>]+)>/.exec(response.headers.get('link') ?? '')?.[1];
    }
    const [first = '', second = '', third = ''] = digests.sort();
    expect(seen).toEqual([[first, second], [third]]);
  });
});

const toEntry = ({ mediaType, digest, size }: { mediaType: string; digest: string; size: number }) => ({
  mediaType,
  digest,
  size,
});
