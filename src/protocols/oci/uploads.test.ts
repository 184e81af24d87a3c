import { expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { codesOf, createRegistryClient, sha256, sha512 } from '../../../test/support/registry.ts';
import { defined } from '../../lib/defined.ts';

const CHUNKS = [1024, 2048, 500].map((size) => crypto.getRandomValues(new Uint8Array(size)));
const WHOLE = new Uint8Array(Buffer.concat(CHUNKS));
const [FIRST, SECOND, THIRD] = CHUNKS as [Uint8Array, Uint8Array, Uint8Array];
const BOTH = ['read_registry', 'write_registry'];

/** A body that stays open behind its bytes until `end` is called; `begun` resolves when the server reads it. */
function heldBody(bytes: Uint8Array) {
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const source = {
    async pull(controller: ReadableStreamDefaultController<Uint8Array>) {
      controller.enqueue(bytes);
      begun.resolve();
      await held.promise;
      controller.close();
    },
  };
  return { body: new ReadableStream(source, { highWaterMark: 0 }), begun: begun.promise, end: () => held.resolve() };
}

onEachApp('blob uploads', (started) => {
  const setUp = async () => {
    const app = await started;
    const client = createRegistryClient(app);
    const project = await app.seed.project(await app.seed.group());
    const token = await app.seed.deployToken(project, { scopes: BOTH });
    const image = `${project.full_path}/app`;
    const headers = await client.signIn(token, `repository:${image}:pull,push`);
    const send = (method: string, path: string, body?: Uint8Array | string, more: Record<string, string> = {}) =>
      app.fetch(path, { method, headers: { ...headers, ...more }, ...defined({ body }) });
    const begin = async () => {
      const response = await send('POST', `/v2/${image}/blobs/uploads/`);
      expect(response.status).toBe(202);
      return response.headers.get('location') ?? '';
    };
    const read = async (digest: string) =>
      new Uint8Array(await (await send('GET', `/v2/${image}/blobs/${digest}`)).arrayBuffer());
    const uploads = () => readdirSync(app.path('images/uploads')).toSorted();
    return { app, client, project, token, image, headers, send, begin, read, uploads };
  };

  test('end-4a: a session, with its address, and nothing in it', async () => {
    const { send, image } = await setUp();
    for (const path of [`/v2/${image}/blobs/uploads/`, `/v2/${image}/blobs/uploads`]) {
      const response = await send('POST', path);
      expect(response.status).toBe(202);
      const id = response.headers.get('docker-upload-uuid') ?? '';
      expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(response.headers.get('location')).toStartWith(`/v2/${image}/blobs/uploads/${id}.`);
      expect(response.headers.get('range')).toBe('0-0');
      expect(response.headers.get('content-length')).toBe('0');
    }
  });

  test('end-4b: a whole blob in one request', async () => {
    const { send, image, read, uploads } = await setUp();
    const before = uploads();
    for (const digest of [sha256(WHOLE), sha512(WHOLE)]) {
      const response = await send('POST', `/v2/${image}/blobs/uploads/?digest=${encodeURIComponent(digest)}`, WHOLE);
      expect(response.status).toBe(201);
      expect(response.headers.get('location')).toBe(`/v2/${image}/blobs/${digest}`);
      expect(response.headers.get('docker-content-digest')).toBe(digest);
      expect(await read(digest)).toEqual(WHOLE);
    }
    expect(uploads()).toEqual(before);
  });

  test('end-5, end-6: one stream and an empty end, as docker does it', async () => {
    const { send, begin, read } = await setUp();
    const location = await begin();
    const streamed = await send('PATCH', location, WHOLE);
    expect(streamed.status).toBe(202);
    expect(streamed.headers.get('range')).toBe(`0-${WHOLE.byteLength - 1}`);
    const done = await send('PUT', `${streamed.headers.get('location')}?digest=${sha256(WHOLE)}`);
    expect(done.status).toBe(201);
    expect(await read(sha256(WHOLE))).toEqual(WHOLE);
    expect((await send('GET', location)).status).toBe(404);
  });

  test('end-6: the whole blob at the end, as containerd does it', async () => {
    const { send, begin, read } = await setUp();
    expect((await send('PUT', `${await begin()}?digest=${sha512(WHOLE)}`, WHOLE)).status).toBe(201);
    expect(await read(sha512(WHOLE))).toEqual(WHOLE);
    expect((await send('PUT', `${await begin()}?digest=${sha256('')}`)).status).toBe(201);
    expect(await read(sha256(''))).toEqual(new Uint8Array());
  });

  test('chunks in order, the last one in the PUT; end-13 tells how far it has come', async () => {
    const { send, begin, read } = await setUp();
    const location = await begin();
    const empty = await send('GET', location);
    expect([empty.status, empty.headers.get('range')]).toEqual([204, '0-0']);
    expect((await send('PATCH', location, FIRST, { 'Content-Range': '0-1023', 'Content-Length': '1024' })).status).toBe(
      202,
    );
    const status = await send('GET', location);
    expect([status.status, status.headers.get('range'), status.headers.get('location')]).toEqual([
      204,
      '0-1023',
      location,
    ]);
    expect((await send('PATCH', location, SECOND, { 'Content-Range': 'bytes 1024-3071/*' })).status).toBe(202);
    const done = await send('PUT', `${location}?digest=${sha256(WHOLE)}`, THIRD, { 'Content-Range': '3072-3571' });
    expect(done.status).toBe(201);
    expect(await read(sha256(WHOLE))).toEqual(WHOLE);
  });

  test('a chunk out of order is 416, and the session goes on', async () => {
    const { send, begin, read } = await setUp();
    const location = await begin();
    const early = await send('PATCH', location, SECOND, { 'Content-Range': '1024-3071' });
    expect([early.status, early.headers.get('location'), early.headers.get('range')]).toEqual([416, location, '0-0']);
    expect(await codesOf(early)).toEqual(['BLOB_UPLOAD_INVALID']);
    expect((await send('PATCH', location, FIRST, { 'Content-Range': '0-1023' })).status).toBe(202);
    const again = await send('PATCH', location, FIRST, { 'Content-Range': '0-1023' });
    expect([again.status, again.headers.get('range')]).toEqual([416, '0-1023']);
    const short = await send('PATCH', location, SECOND, { 'Content-Range': '1024-2000', 'Content-Length': '2048' });
    expect(short.status).toBe(416);
    const end = await send('PUT', `${location}?digest=${sha256(WHOLE)}`, THIRD, { 'Content-Range': '3072-3571' });
    expect(end.status).toBe(416);
    expect((await send('PATCH', location, SECOND, { 'Content-Range': '1024-3071' })).status).toBe(202);
    expect((await send('PATCH', location, THIRD)).status).toBe(202);
    expect((await send('PUT', `${location}?digest=${sha256(WHOLE)}`)).status).toBe(201);
    expect(await read(sha256(WHOLE))).toEqual(WHOLE);
  });

  test('a chunk that is not as long as its range, and does not say how long it is, is 416, and the session goes on', async () => {
    const { app, headers, send, begin, read } = await setUp();
    const location = await begin();
    // In pieces, and without a length: nothing but the range says where it should end.
    const sendChunked = (method: string, path: string, range: string, bytes: Uint8Array) =>
      app.fetch(path, {
        method,
        headers: { ...headers, 'Content-Range': range },
        body: new Blob([bytes]).stream(),
      });
    const end = `${location}?digest=${sha256(WHOLE)}`;
    for (const [method, path, range, bytes] of [
      ['PATCH', location, '0-1022', FIRST],
      ['PATCH', location, '0-1024', FIRST],
      ['PATCH', location, '0-99999999', FIRST],
      ['PATCH', location, '1-1024', FIRST],
      ['PATCH', location, '0-0', new Uint8Array()],
      ['PUT', end, '0-3570', WHOLE],
      ['PUT', end, '0-3572', WHOLE],
    ] as const) {
      const refused = await sendChunked(method, path, range, bytes);
      expect([range, refused.status, refused.headers.get('location')]).toEqual([range, 416, location]);
      expect([refused.headers.get('range'), await codesOf(refused)]).toEqual(['0-0', ['BLOB_UPLOAD_INVALID']]);
      expect((await send('GET', location)).headers.get('range')).toBe('0-0');
    }
    expect((await sendChunked('PATCH', location, '0-1023', FIRST)).status).toBe(202);
    for (const range of ['1024-3070', '1024-3072', '1024-1023']) {
      const refused = await sendChunked('PATCH', location, range, SECOND);
      expect([range, refused.status, refused.headers.get('range')]).toEqual([range, 416, '0-1023']);
    }
    // A range without any bytes is none either, with a body that is not there at all.
    expect((await send('PATCH', location, undefined, { 'Content-Range': '1024-3071' })).status).toBe(416);
    expect((await sendChunked('PATCH', location, '1024-3071', SECOND)).status).toBe(202);
    expect((await sendChunked('PUT', end, '3072-3571', THIRD)).status).toBe(201);
    expect(await read(sha256(WHOLE))).toEqual(WHOLE);
  });

  test('a wrong digest is 400, and nothing is left of it', async () => {
    const { send, begin, image, uploads } = await setUp();
    const before = uploads();
    const location = await begin();
    await send('PATCH', location, FIRST);
    const responses = [
      await send('PUT', `${location}?digest=${sha256(WHOLE)}`),
      await send('PUT', `${await begin()}?digest=${sha256(WHOLE)}`, FIRST),
      await send('PUT', `${await begin()}?digest=${sha512(WHOLE)}`, FIRST),
      await send('POST', `/v2/${image}/blobs/uploads/?digest=${sha256(WHOLE)}`, FIRST),
    ];
    for (const response of responses) {
      expect(response.status).toBe(400);
      expect(await codesOf(response)).toEqual(['DIGEST_INVALID']);
    }
    expect((await send('GET', location)).status).toBe(404);
    expect(uploads()).toEqual(before);
    expect((await send('HEAD', `/v2/${image}/blobs/${sha256(FIRST)}`)).status).toBe(404);
  });

  test('a missing or unknown digest is 400, and the session goes on', async () => {
    const { send, begin, image } = await setUp();
    const location = await begin();
    await send('PATCH', location, FIRST);
    for (const query of ['', '?digest=', '?digest=sha256:baddigeststring', `?digest=md5:${'a'.repeat(32)}`]) {
      const response = await send('PUT', `${location}${query}`);
      expect(response.status).toBe(400);
      expect(await codesOf(response)).toEqual(['DIGEST_INVALID']);
    }
    expect((await send('POST', `/v2/${image}/blobs/uploads/?digest=nonsense`, FIRST)).status).toBe(400);
    expect((await send('POST', `/v2/${image}/blobs/uploads/?digest-algorithm=md5`)).status).toBe(400);
    expect((await send('POST', `/v2/${image}/blobs/uploads/?digest-algorithm=sha512`)).status).toBe(202);
    expect((await send('PATCH', location, FIRST, { 'Content-Range': 'from here on' })).status).toBe(400);
    expect((await send('PUT', `${location}?digest=${sha256(FIRST)}`)).status).toBe(201);
  });

  test('end-14: a cancelled upload is gone, with its bytes', async () => {
    const { send, begin, uploads } = await setUp();
    const before = uploads();
    const location = await begin();
    await send('PATCH', location, FIRST);
    expect(uploads()).toHaveLength(before.length + 1);
    expect((await send('DELETE', location)).status).toBe(204);
    expect(uploads()).toEqual(before);
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const response = await send(method, location);
      expect(response.status).toBe(404);
      expect(await codesOf(response)).toEqual(['BLOB_UPLOAD_UNKNOWN']);
    }
    for (const id of ['nonsense', '..', crypto.randomUUID()])
      expect((await send('GET', location.replace(/[^/]+$/, id))).status).not.toBe(204);
  });

  test('an upload belongs to its image and to the credential that began it', async () => {
    const { app, client, project, token, image, begin } = await setUp();
    const location = await begin();
    const other = await app.seed.deployToken(project, { scopes: BOTH });
    const theirs = await client.signIn(other, `repository:${image}:pull,push`);
    for (const [method, suffix] of [
      ['GET', ''],
      ['PATCH', ''],
      ['PUT', `?digest=${sha256('')}`],
      ['DELETE', ''],
    ] as const) {
      const response = await app.fetch(`${location}${suffix}`, { method, headers: theirs });
      expect(response.status).toBe(404);
      expect(await codesOf(response)).toEqual(['BLOB_UPLOAD_UNKNOWN']);
    }
    const sibling = `${project.full_path}/sibling`;
    const headers = await client.signIn(token, `repository:${sibling}:pull,push`);
    await client.pushBlob(headers, sibling, FIRST);
    const elsewhere = await app.fetch(location.replace(image, sibling), { headers });
    expect(elsewhere.status).toBe(404);
    expect(await codesOf(elsewhere)).toEqual(['BLOB_UPLOAD_UNKNOWN']);
  });

  test('the bytes before a cut connection stay, and the upload continues from there', async () => {
    const { app, headers, send, begin, read } = await setUp();
    const location = await begin();
    const cut = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(FIRST);
      },
      async pull(controller) {
        await Bun.sleep(20);
        controller.error(new Error('cut'));
      },
    });
    const failed = await app.fetch(location, { method: 'PATCH', headers, body: cut });
    expect(failed.status).toBeGreaterThanOrEqual(400);
    expect((await send('GET', location)).headers.get('range')).toBe('0-1023');
    expect((await send('PATCH', location, SECOND, { 'Content-Range': '1024-3071' })).status).toBe(202);
    expect((await send('PUT', `${location}?digest=${sha256(WHOLE)}`, THIRD)).status).toBe(201);
    expect(await read(sha256(WHOLE))).toEqual(WHOLE);
  });

  test('of two requests that add to one upload at once, one is refused', async () => {
    const { app, headers, send, begin } = await setUp();
    const location = await begin();
    const { body, begun, end } = heldBody(FIRST);
    const first = app.fetch(location, { method: 'PATCH', headers, body });
    await begun;
    const second = await send('PATCH', location, SECOND);
    expect(second.status).toBe(409);
    end();
    expect((await first).status).toBe(202);
    expect((await send('PUT', `${location}?digest=${sha256(FIRST)}`)).status).toBe(201);
  });

  test('an upload that is cancelled while more comes is 404, whether it was to go on or to end', async () => {
    const { app, headers, send, begin, uploads } = await setUp();
    const before = uploads();
    for (const [method, query] of [
      ['PATCH', ''],
      ['PUT', `?digest=${sha256(FIRST)}`],
    ] as const) {
      const location = await begin();
      const { body, begun, end } = heldBody(FIRST);
      const adding = app.fetch(`${location}${query}`, { method, headers, body });
      await begun;
      expect((await send('DELETE', location)).status).toBe(204);
      end();
      const answer = await adding;
      expect([answer.status, await codesOf(answer)]).toEqual([404, ['BLOB_UPLOAD_UNKNOWN']]);
    }
    expect(uploads()).toEqual(before);
  });

  test('bytes that are sent to an upload that is being completed never get into its blob', async () => {
    const { send, begin, read } = await setUp();
    for (let round = 0; round < 10; round++) {
      const bytes = new Uint8Array(Buffer.concat([WHOLE, Buffer.from(`round ${round}`)]));
      const location = await begin();
      await send('PATCH', location, bytes);
      const ending = send('PUT', `${location}?digest=${sha256(bytes)}`);
      const more: Promise<Response>[] = [];
      for (let n = 0; n < 10; n++) {
        await new Promise(setImmediate);
        more.push(send('PATCH', location, FIRST));
      }
      for (const { status } of await Promise.all(more)) expect([202, 404, 409]).toContain(status);
      // Where one of them came first, the blob is not what its digest says, or has to wait.
      const { status } = await ending;
      expect([201, 400, 409]).toContain(status);
      if (status === 201) expect(sha256(await read(sha256(bytes)))).toBe(sha256(bytes));
    }
  });

  test('end-11: a mount links what the caller may read, and begins an upload otherwise', async () => {
    const { app, client, project, token, image } = await setUp();
    const target = `${project.full_path}/target`;
    const scopes = [`repository:${image}:pull,push`, `repository:${target}:pull,push`];
    const headers = await client.signIn(token, ...scopes);
    const { digest } = await client.pushBlob(headers, image, WHOLE);
    const mount = (query: Record<string, string>, as = headers) =>
      app.fetch(`/v2/${target}/blobs/uploads/?${new URLSearchParams(query)}`, { method: 'POST', headers: as });

    for (const query of [
      { mount: digest },
      { mount: sha256('something else'), from: image },
      { mount: 'nonsense', from: image },
      { mount: digest, from: '../..' },
      { mount: digest, from: '' },
    ] as Record<string, string>[])
      expect((await mount(query)).status).toBe(202);

    // The challenge for a request without a token asks for a token for both.
    const challenge = async (from: string) =>
      (await mount({ mount: digest, from }, {} as typeof headers)).headers.get('www-authenticate');
    expect(await challenge(image)).toEndWith(`scope="repository:${target}:pull,push repository:${image}:pull"`);
    expect(await challenge('a/b",x="')).toEndWith(`scope="repository:${target}:pull,push"`);

    const mounted = await mount({ mount: digest, from: image });
    expect(mounted.status).toBe(201);
    expect(mounted.headers.get('location')).toBe(`/v2/${target}/blobs/${digest}`);
    expect(mounted.headers.get('docker-content-digest')).toBe(digest);
    expect((await app.fetch(`/v2/${target}/blobs/${digest}`, { headers })).status).toBe(200);
  });

  test('end-11: a mount with a token for the target alone asks for a token for both images, whether the source can be read or not', async () => {
    const { app, client, project, token, image } = await setUp();
    const target = `${project.full_path}/target`;
    const hidden = (await app.seed.project(await app.seed.group())).full_path;
    const { digest } = await client.pushBlob(await client.signIn(token, `repository:${image}:push`), image, WHOLE);
    const onlyTarget = await client.signIn(token, `repository:${target}:pull,push`);
    const mount = async (from: string, headers: Record<string, string>) => {
      const query = new URLSearchParams({ mount: digest, from });
      const response = await app.fetch(`/v2/${target}/blobs/uploads/?${query}`, { method: 'POST', headers });
      const challenge = response.headers.get('www-authenticate') ?? '';
      return { status: response.status, challenge: challenge.replace(from, 'SOURCE'), body: await response.text() };
    };

    const answers = [];
    for (const from of [image, hidden, 'no/such/image']) answers.push(await mount(from, onlyTarget));
    const [first] = answers;
    expect(first?.status).toBe(401);
    expect(first?.challenge).toEndWith(
      `scope="repository:${target}:pull,push repository:SOURCE:pull",error="insufficient_scope"`,
    );
    expect(answers).toEqual(Array(3).fill(first));

    // The client follows the challenge. Where the wider token does not open the source, an upload begins.
    const statuses = [];
    for (const from of [image, hidden, 'no/such/image']) {
      const wider = await client.signIn(token, `repository:${target}:pull,push`, `repository:${from}:pull`);
      statuses.push((await mount(from, wider)).status);
    }
    expect(statuses).toEqual([201, 202, 202]);
  });
});
