import { expect, test } from 'bun:test';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { codesOf, createRegistryClient, sha256, sha512 } from '../../../test/support/registry.ts';

const EMPTY = sha256('');
const BYTES = crypto.getRandomValues(new Uint8Array(2048));
const DIGEST = sha256(BYTES);

onEachApp('blobs', (started) => {
  /** A project with the blob in its image, and a developer's bearer token for everything. */
  const setUp = async () => {
    const app = await started;
    const client = createRegistryClient(app);
    const project = await app.seed.project(await app.seed.group());
    const admin = await app.seed.user({ admin: true });
    const image = `${project.full_path}/app`;
    const headers = await client.signIn({ username: admin.username, secret: admin.token }, `repository:${image}:*`);
    await client.pushBlob(headers, image, BYTES);
    const get = (digest: string, more: Record<string, string> = {}, method = 'GET') =>
      app.fetch(`/v2/${image}/blobs/${digest}`, { method, headers: { ...headers, ...more } });
    return { app, client, project, image, headers, get };
  };

  test('end-2: the bytes, and all that is said of them', async () => {
    const { get } = await setUp();
    for (const method of ['GET', 'HEAD']) {
      const response = await get(DIGEST, {}, method);
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-length': '2048',
        'content-type': 'application/octet-stream',
        'docker-content-digest': DIGEST,
        etag: `"${DIGEST}"`,
        'accept-ranges': 'bytes',
        'docker-distribution-api-version': 'registry/2.0',
      });
      const body = new Uint8Array(await response.arrayBuffer());
      expect(body).toEqual(method === 'GET' ? BYTES : new Uint8Array());
    }
  });

  test('the headers make a browser save a blob and never show it, whatever it is', async () => {
    const { app, client, image, headers, get } = await setUp();
    const page = '<script>alert(1)</script>';
    const { digest } = await client.pushBlob({ ...headers, 'Content-Type': 'text/html' }, image, page);
    const response = await get(digest);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('content-disposition')).toStartWith('attachment;');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const stored = await app.db.selectFrom('image_contents').selectAll().where('digest', '=', digest).execute();
    expect(stored).toHaveLength(1);
  });

  test('ranges, as the conformance suite asks for them', async () => {
    const { get } = await setUp();
    for (const [range, start, end] of [
      ['bytes=500-1499', 500, 1499],
      ['bytes=500-', 500, 2047],
      ['bytes=-500', 1548, 2047],
      ['bytes=2000-5000', 2000, 2047],
      ['bytes=0-0', 0, 0],
      ['bytes=-5000', 0, 2047],
    ] as const) {
      const response = await get(DIGEST, { Range: range });
      expect([range, response.status]).toEqual([range, 206]);
      expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end}/2048`);
      expect(response.headers.get('content-length')).toBe(String(end - start + 1));
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(BYTES.slice(start, end + 1));
    }
    for (const range of ['bytes=500-0', 'bytes=5000-10000', 'bytes=-0']) {
      const response = await get(DIGEST, { Range: range });
      expect([range, response.status]).toEqual([range, 416]);
      expect(response.headers.get('content-range')).toBe('bytes */2048');
    }
    for (const range of ['bytes=0-1,5-6', 'lines=1-2', 'bytes=-', 'nonsense'])
      expect((await get(DIGEST, { Range: range })).status).toBe(200);
    expect((await get(DIGEST, { Range: 'bytes=0-9', 'If-Range': `"${EMPTY}"` })).status).toBe(200);
    expect((await get(DIGEST, { Range: 'bytes=0-9', 'If-Range': `"${DIGEST}"` })).status).toBe(206);
  });

  test('a client that has the blob gets 304', async () => {
    const { get } = await setUp();
    for (const tag of [`"${DIGEST}"`, `W/"${DIGEST}"`, `"x", "${DIGEST}"`, '*']) {
      const response = await get(DIGEST, { 'If-None-Match': tag });
      expect(response.status).toBe(304);
      expect(await response.text()).toBe('');
    }
    expect((await get(DIGEST, { 'If-None-Match': '"other"' })).status).toBe(200);
  });

  test('sha512, and the empty blob under both', async () => {
    const { client, image, headers, get } = await setUp();
    for (const bytes of [crypto.getRandomValues(new Uint8Array(5000)), new Uint8Array()]) {
      for (const digest of [sha512(bytes), sha256(bytes)]) {
        expect((await get(digest)).status).toBe(404);
        await client.pushBlob(headers, image, bytes, digest);
        const response = await get(digest);
        expect(response.headers.get('docker-content-digest')).toBe(digest);
        expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
      }
    }
  });

  test('a missing blob is 404 BLOB_UNKNOWN, and an invalid digest is 400 DIGEST_INVALID', async () => {
    const { get } = await setUp();
    const missing = await get(sha256('something else'));
    expect(missing.status).toBe(404);
    expect(await codesOf(missing)).toEqual(['BLOB_UNKNOWN']);
    expect(await (await get(sha256('something else'), {}, 'HEAD')).text()).toBe('');
    for (const wrong of [
      'sha256:abc',
      `sha256:${'A'.repeat(64)}`,
      `md5:${'a'.repeat(32)}`,
      `sha512:${'a'.repeat(64)}`,
    ]) {
      const response = await get(wrong);
      expect(response.status).toBe(400);
      expect(await codesOf(response)).toEqual(['DIGEST_INVALID']);
    }
  });

  test('a blob is read through an image that has it and no other, though it is stored once', async () => {
    const { app, client, project, headers, image } = await setUp();
    const other = `${project.full_path}/other`;
    const admin = await app.seed.user({ admin: true });
    const login = { username: admin.username, secret: admin.token };
    const both = await client.signIn(login, `repository:${image}:pull repository:${other}:pull,push`);
    const response = await app.fetch(`/v2/${other}/blobs/${DIGEST}`, { method: 'HEAD', headers: both });
    expect(response.status).toBe(404);
    await client.pushBlob(both, other, BYTES);
    expect((await app.fetch(`/v2/${other}/blobs/${DIGEST}`, { headers: both })).status).toBe(200);
    expect((await app.fetch(`/v2/${image}/blobs/${DIGEST}`, { headers })).status).toBe(200);
    const stored = app.db.selectFrom('image_contents').selectAll().where('digest', '=', DIGEST);
    expect(await stored.execute()).toHaveLength(1);
  });

  test('end-10: a blob is unlinked at once; a second time it is not there', async () => {
    const { get } = await setUp();
    expect((await get(DIGEST, {}, 'DELETE')).status).toBe(202);
    expect((await get(DIGEST)).status).toBe(404);
    const again = await get(DIGEST, {}, 'DELETE');
    expect(again.status).toBe(404);
    expect(await codesOf(again)).toEqual(['BLOB_UNKNOWN']);
  });
});
