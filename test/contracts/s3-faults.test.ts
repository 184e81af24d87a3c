import { describe, expect } from 'bun:test';
import { sha256Hex } from '../../src/lib/digest.ts';
import type { BlobStore } from '../../src/store/blobs/blob-store.ts';
import { s3Blobs } from '../../src/store/blobs/s3.ts';
import { createBucket } from '../../src/store/s3/bucket.ts';
import { createS3Client, DEFAULT_RETRIES, type RetryPolicy, type S3Address } from '../../src/store/s3/s3-client.ts';
import { S3Error } from '../../src/store/s3/s3-error.ts';
import { CEPH_KEYS, freshBucket, needsCeph } from '../support/ceph.ts';
import { type Fault, faultProxy, type Passing } from '../support/fault-proxy.ts';
import { thrown } from '../support/rejection.ts';

const MIB = 1024 * 1024;
const PART = 5 * MIB;
/** Asks again soon, and waits as long as a busy machine takes to answer. */
const BRISK: RetryPolicy = { ...DEFAULT_RETRIES, firstDelayMs: 5 };
/** For storage that says nothing: more attempts, because a busy machine may say nothing for so long as well. */
const HASTY: RetryPolicy = { attempts: 8, firstDelayMs: 5, timeoutMs: 1000, longTimeoutMs: 2000 };

const open = (address: S3Address, retries: RetryPolicy = BRISK): BlobStore =>
  s3Blobs(createBucket(createS3Client(address, CEPH_KEYS, retries)), { prefix: '', readers: null, partBytes: PART });

/** A store that is reached through a proxy, and the same one reached directly, to see what there is. */
async function behind(plan: (request: Passing) => Fault | null, retries?: RetryPolicy) {
  const address = await freshBucket();
  const proxy = await faultProxy(address.endpoint, plan);
  return {
    store: open({ ...address, endpoint: proxy.url }, retries),
    direct: open(address),
    [Symbol.dispose]: () => proxy[Symbol.dispose](),
  };
}

async function* body(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += MIB) yield bytes.subarray(at, at + MIB);
}

const all = <T>(list: AsyncIterable<T>) => Array.fromAsync(list);
const bytesOf = (size: number) =>
  Buffer.from(
    sha256Hex(String(size))
      .repeat(Math.ceil(size / 64))
      .slice(0, size),
  );

async function readAll(store: BlobStore, sha256: string, size: number): Promise<Buffer> {
  const found = await store.open(sha256, size);
  return Buffer.from(await new Response(await found?.read()).arrayBuffer());
}

/** An object under the name of a digest must have that digest. */
async function expectAllVerified(store: BlobStore): Promise<string[]> {
  const listed = await all(store.list());
  for (const { sha256, size } of listed) expect(sha256Hex(await readAll(store, sha256, size))).toBe(sha256);
  return listed.map(({ sha256 }) => sha256);
}

/** Leftovers can be found and removed, and then there are none. */
async function expectCollectable(store: BlobStore): Promise<void> {
  for (const { remove } of await all(store.leftovers())) await remove();
  for (const { id } of await all(store.uploads.list())) await store.uploads.discard(id);
  expect(await all(store.leftovers())).toEqual([]);
  expect(await all(store.uploads.list())).toEqual([]);
}

/** Puts, uploads and reads, small and large; every way to the storage is in it. */
async function roundTrip(store: BlobStore, seed: number): Promise<string[]> {
  const small = bytesOf(1000 + seed);
  const large = bytesOf(6 * MIB + seed);
  await store.put(body(small));
  await store.put(body(large));
  const named = bytesOf(PART + seed);
  await store.put(body(named), { sha256: sha256Hex(named) });
  const uploaded = bytesOf(7 * MIB + seed);
  const id = crypto.randomUUID();
  await store.uploads.begin(id);
  await store.uploads.append(id, body(uploaded.subarray(0, 3 * MIB)));
  await store.uploads.append(id, body(uploaded.subarray(3 * MIB)));
  await store.uploads.complete(id, 'sha256', sha256Hex(uploaded));
  await store.uploads.discard(id);
  expect(Buffer.compare(await readAll(store, sha256Hex(uploaded), uploaded.byteLength), uploaded)).toBe(0);
  return [small, large, named, uploaded].map(sha256Hex).sort();
}

/**
 * Every so many requests one goes wrong, and goes well when it is sent again: whatever other requests are on their way
 * with it.
 */
function everyNth(n: number, fault: Fault) {
  const failed = new Set<string>();
  let count = 0;
  return ({ method, path }: Passing) => {
    const name = `${method} ${path}`;
    if (failed.delete(name) || ++count % n !== 0) return null;
    failed.add(name);
    return fault;
  };
}

describe('S3 that fails now and then is not noticed', () => {
  const faults: [string, Fault, number][] = [
    ['500', { kind: 'answer', status: 500 }, 2],
    ['503', { kind: 'answer', status: 503 }, 2],
    ['429', { kind: 'answer', status: 429 }, 2],
    ['no answer', { kind: 'silence' }, 17],
    ['a request that is cut at its head', { kind: 'cut request', after: 4 }, 2],
    ['a request that is cut in the middle', { kind: 'cut request', after: MIB }, 3],
    ['an answer that is lost, the work being done', { kind: 'cut answer', after: 0 }, 2],
    ['an answer that is cut in its head', { kind: 'cut answer', after: 60 }, 2],
    ['an answer that is cut in the middle', { kind: 'cut answer', after: MIB }, 3],
    ['an answer that comes slowly', { kind: 'slow', pauseMs: 20 }, 2],
  ];
  for (const [name, fault, n] of faults)
    needsCeph(name, async () => {
      using through = await behind(everyNth(n, fault), fault.kind === 'silence' ? HASTY : BRISK);
      const put = await roundTrip(through.store, n);
      expect((await expectAllVerified(through.direct)).sort()).toEqual(put);
      expect(await all(through.direct.uploads.list())).toEqual([]);
      await expectCollectable(through.direct);
    });
});

needsCeph('the first answer to every kind of request is lost, the work being done', async () => {
  const seen = new Set<string>();
  using through = await behind(({ method, path }) => {
    const url = new URL(path, 'http://s3');
    const kind = [method, url.pathname.split('/')[2], ...url.searchParams.keys()].join(' ');
    if (seen.has(kind)) return null;
    seen.add(kind);
    return { kind: 'cut answer', after: 0 };
  });
  const put = await roundTrip(through.store, 1);
  expect((await expectAllVerified(through.direct)).sort()).toEqual(put);
  // A removal is not sent again: it could arrive when the blob has been put again.
  expect(await thrown(through.store.delete(put[0] ?? ''))).toThrow(S3Error);
  await expectCollectable(through.direct);
  expect([...seen].sort()).toEqual([
    'DELETE sha256',
    'DELETE tmp',
    'DELETE uploads',
    'GET  list-type prefix',
    'GET sha256',
    'GET uploads',
    'HEAD sha256',
    'HEAD tmp',
    'POST sha256 uploadId',
    'POST sha256 uploads',
    'POST tmp uploadId',
    'POST tmp uploads',
    'PUT removing',
    'PUT sha256',
    'PUT sha256 partNumber uploadId',
    'PUT tmp partNumber uploadId',
    'PUT uploads',
  ]);
});

describe('a blob that a collector has marked is not acknowledged before it is known to stay, and is put again when it was removed', () => {
  const put = async (store: BlobStore, bytes: Uint8Array<ArrayBuffer>) => void (await store.put(body(bytes)));
  const upload = async ({ uploads }: BlobStore, bytes: Uint8Array<ArrayBuffer>) => {
    const id = crypto.randomUUID();
    await uploads.begin(id);
    await uploads.append(id, body(bytes));
    await uploads.complete(id, 'sha256', sha256Hex(bytes));
  };
  const expected = async (store: BlobStore, bytes: Uint8Array<ArrayBuffer>) =>
    void (await store.put(body(bytes), { sha256: sha256Hex(bytes) }));
  for (const [name, send, size, afterRemoval] of [
    ['in one request', put, 100, 'done'],
    ['in parts, of an unknown digest', put, 6 * MIB, 'done'],
    ['as an upload', upload, 6 * MIB, 'done'],
    // Its bytes have gone by.
    ['in parts, of a known digest', expected, 6 * MIB, 'unavailable'],
  ] as const)
    needsCeph(`put ${name}`, async () => {
      const bucket = createBucket(createS3Client(await freshBucket(), CEPH_KEYS));
      const store = s3Blobs(bucket, { prefix: '', readers: null, partBytes: PART });
      const bytes = bytesOf(size);
      const sha256 = sha256Hex(bytes);
      for (const isRemoved of [false, true]) {
        const mark = `removing/${sha256}/${crypto.randomUUID()}`;
        await bucket.put(mark, new Uint8Array(0));
        let outcome = 'waits';
        const sent = send(store, bytes).then(
          () => (outcome = 'done'),
          (error) => (outcome = error.kind),
        );
        while ((await store.size(sha256)) === null) await Bun.sleep(20);
        await Bun.sleep(400);
        expect(outcome).toBe('waits');
        if (isRemoved) await store.delete(sha256);
        await bucket.delete(mark);
        await sent;
        expect(outcome).toBe(isRemoved ? afterRemoval : 'done');
        if (outcome === 'done') expect(await store.size(sha256)).toBe(size);
        await expectCollectable(store);
        await store.delete(sha256);
      }
    });
});

describe('S3 that fails for good', () => {
  for (const [name, fault] of [
    ['503', { kind: 'answer', status: 503 }],
    ['no answer', { kind: 'silence' }],
    ['cut requests', { kind: 'cut request', after: 4 }],
    ['lost answers', { kind: 'cut answer', after: 0 }],
  ] as const)
    needsCeph(`${name}: given up, and nothing is visible that was not verified`, async () => {
      const address = await freshBucket();
      const large = bytesOf(6 * MIB);
      // From the first, the second... request on: something is half done each time.
      for (let healthy = 0; healthy < 5; healthy++) {
        let count = 0;
        using proxy = await faultProxy(address.endpoint, () => (++count > healthy ? fault : null));
        const store = open(
          { ...address, endpoint: proxy.url },
          { ...HASTY, attempts: 2, timeoutMs: 200, longTimeoutMs: 200 },
        );
        const failed = store.put(body(large)).then(
          () => null,
          (error: unknown) => error,
        );
        const error = await failed;
        if (error !== null) expect(error).toBeInstanceOf(S3Error);
        // Each of the few things that a put does was tried twice.
        expect(count - healthy).toBeLessThan(20);
      }
      const direct = open(address);
      await expectAllVerified(direct);
      await expectCollectable(direct);
    });

  needsCeph('a wrong digest stays refused while requests fail', async () => {
    using through = await behind(everyNth(2, { kind: 'answer', status: 503 }));
    const large = bytesOf(6 * MIB);
    for (const bytes of [large, bytesOf(10)]) {
      const wrong = through.store.put(body(bytes), { sha256: sha256Hex('something else') });
      expect(((await wrong.catch((error) => error)) as { kind?: string }).kind).toBe('unprocessable');
    }
    const id = crypto.randomUUID();
    await through.store.uploads.begin(id);
    await through.store.uploads.append(id, body(large));
    const wrong = through.store.uploads.complete(id, 'sha256', sha256Hex('something else'));
    expect(((await wrong.catch((error) => error)) as { kind?: string }).kind).toBe('unprocessable');
    expect(await all(through.direct.list())).toEqual([]);
    await expectCollectable(through.direct);
  });

  needsCeph('an upload that failed in its middle goes on from what is there', async () => {
    let failing = false;
    using through = await behind(
      ({ method, path }) => {
        // The second part fails, the third arrives, in whichever order they are sent: what came behind the gap must not
        // count.
        const second = path.endsWith(`/${String(PART).padStart(16, '0')}`);
        return failing && method === 'PUT' && second ? { kind: 'answer', status: 503 } : null;
      },
      { ...BRISK, attempts: 1 },
    );
    const bytes = bytesOf(18 * MIB);
    const id = crypto.randomUUID();
    await through.store.uploads.begin(id);
    await through.store.uploads.append(id, body(bytes.subarray(0, PART)));
    failing = true;
    expect(await thrown(through.store.uploads.append(id, body(bytes.subarray(PART))))).toThrow(S3Error);
    failing = false;
    const size = (await through.store.uploads.size(id)) ?? 0;
    expect(size).toBe(PART);
    expect(await through.store.uploads.append(id, body(bytes.subarray(size)))).toBe(bytes.byteLength);
    const { sha256 } = await through.store.uploads.complete(id, 'sha256', sha256Hex(bytes));
    expect(Buffer.compare(await readAll(through.direct, sha256, bytes.byteLength), bytes)).toBe(0);
  });
});
