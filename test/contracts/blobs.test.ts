import { afterAll, describe, expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { sha256Hex } from '../../src/lib/digest.ts';
import { PosternError } from '../../src/lib/errors.ts';
import type { BlobStore } from '../../src/store/blobs/blob-store.ts';
import { filesystemBlobs } from '../../src/store/blobs/filesystem.ts';
import { s3Blobs } from '../../src/store/blobs/s3.ts';
import { createBucket } from '../../src/store/s3/bucket.ts';
import { createS3Client } from '../../src/store/s3/s3-client.ts';
import { CEPH_KEYS, freshBucket, needsCeph } from '../support/ceph.ts';
import { rejectionOf } from '../support/rejection.ts';
import { scratchFolder } from '../support/scratch.ts';

/** A store of its own; `again` opens the same one as another server would. */
interface Subject {
  store: BlobStore;
  again(): BlobStore;
}

type Test = (name: string, story: () => Promise<void>, timeoutMs?: number) => void;

const MIB = 1024 * 1024;
/** The parts of the S3 store under test: the smallest that S3 takes. */
const PART = 5 * MIB;

/** Bytes that are not alike anywhere, and the same every time. */
function bytesOf(size: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(size / 4));
  let word = seed * 2654435761;
  for (let i = 0; i < words.length; i++) {
    word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
    words[i] = word;
  }
  return new Uint8Array(words.buffer, 0, size);
}

async function* body(bytes: Uint8Array, chunk = 300_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += chunk) yield bytes.subarray(at, at + chunk);
}

async function* cutBody(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* body(bytes);
  throw new Error('the connection was cut');
}

const kindOf = async (promise: Promise<unknown>): Promise<unknown> => {
  const error = await rejectionOf(promise);
  return error instanceof PosternError ? error.kind : String(error ?? 'done');
};

async function read(store: BlobStore, sha256: string, size: number, start?: number, end?: number) {
  const found = await store.open(sha256, size);
  if (!found) throw new Error('not there');
  return new Uint8Array(await new Response(await found.read(start, end)).arrayBuffer());
}

const same = (left: Uint8Array, right: Uint8Array) => Buffer.compare(left, right) === 0;
const all = <T>(list: AsyncIterable<T>) => Array.fromAsync(list);

function contract(name: string, test: Test, open: () => Promise<Subject>): void {
  describe(`blobs [${name}]`, () => {
    test('a blob that is put is there, whatever its size', async () => {
      const { store } = await open();
      for (const size of [0, 1, 65_536, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 7, 21 * MIB]) {
        const bytes = bytesOf(size, size + 1);
        const sha256 = sha256Hex(bytes);
        expect(await store.size(sha256)).toBeNull();
        expect(await store.put(body(bytes))).toEqual({ sha256, size });
        expect(await store.size(sha256)).toBe(size);
        expect(same(await read(store, sha256, size), bytes)).toBe(true);
      }
      expect(await all(store.leftovers())).toEqual([]);
    });

    test('a blob that is put with its digest and size is there', async () => {
      const { store } = await open();
      for (const size of [0, 1000, 12 * MIB]) {
        const bytes = bytesOf(size, 3);
        const expected = { sha256: sha256Hex(bytes), size };
        expect(await store.put(body(bytes), { ...expected, maxBytes: size })).toEqual(expected);
        expect(same(await read(store, expected.sha256, size), bytes)).toBe(true);
      }
      expect(await all(store.leftovers())).toEqual([]);
    });

    test('a blob with a wrong digest or size leaves nothing', async () => {
      const { store } = await open();
      for (const size of [1000, 12 * MIB]) {
        const bytes = bytesOf(size, 4);
        const other = sha256Hex(`other ${size}`);
        expect(await kindOf(store.put(body(bytes), { sha256: other }))).toBe('unprocessable');
        expect(await kindOf(store.put(body(bytes), { size: size - 1 }))).toBe('unprocessable');
        expect(await kindOf(store.put(body(bytes), { size: size + 1 }))).toBe('unprocessable');
        expect(await kindOf(store.put(body(bytes), { maxBytes: size - 1 }))).toBe('too_large');
        expect(await kindOf(store.put(cutBody(bytes)))).toBe('Error: the connection was cut');
        expect(await kindOf(store.put(cutBody(bytes), { sha256: sha256Hex(bytes) }))).toContain('cut');
        expect(await store.size(other)).toBeNull();
      }
      expect(await all(store.list())).toEqual([]);
      expect(await all(store.leftovers())).toEqual([]);
    });

    test('a blob that is announced over the limit is refused before anything is read', async () => {
      const { store } = await open();
      const unread = async function* () {
        yield bytesOf(1);
        throw new Error('it was read');
      };
      for (const size of [1001, 12 * MIB]) {
        const put = store.put(unread(), { size, sha256: sha256Hex(bytesOf(size)), maxBytes: 1000 });
        const tooLarge = { kind: 'too_large', message: 'larger than the limit of 1000 bytes' };
        expect(await rejectionOf(put)).toMatchObject(tooLarge);
      }
      const more = store.put(body(bytesOf(2000)), { size: 1000, maxBytes: 1500 });
      expect(await rejectionOf(more)).toHaveProperty('message', 'expected 1000 bytes, got more');
      expect(await all(store.list())).toEqual([]);
      expect(await all(store.leftovers())).toEqual([]);
    });

    test('ranges', async () => {
      const { store } = await open();
      const bytes = bytesOf(11 * MIB, 5);
      const { sha256, size } = await store.put(body(bytes));
      for (const [start, end] of [
        [0, 1],
        [0, size],
        [size - 1, size],
        [4 * MIB - 1, 4 * MIB + 1],
        [123, 9 * MIB + 45],
      ] as const)
        expect(same(await read(store, sha256, size, start, end), bytes.subarray(start, end))).toBe(true);
      const found = await store.open(sha256, size);
      expect(found?.size).toBe(size);
      expect(same(await new Response(found?.stream()).bytes(), bytes)).toBe(true);
    });

    test('one digest from many at once, and once more', async () => {
      const { store } = await open();
      const bytes = bytesOf(6 * MIB, 6);
      const stored = { sha256: sha256Hex(bytes), size: bytes.byteLength };
      const puts = await Promise.all(Array.from({ length: 8 }, () => store.put(body(bytes))));
      expect(puts).toEqual(Array(8).fill(stored));
      expect(await store.put(body(bytes))).toEqual(stored);
      expect(same(await read(store, stored.sha256, stored.size), bytes)).toBe(true);
      expect((await all(store.list())).map(({ sha256, size }) => ({ sha256, size }))).toEqual([stored]);
      expect(await all(store.leftovers())).toEqual([]);
    });

    test('lists with size and age, removes by age, and forgets', async () => {
      const { store, again } = await open();
      const put = await Promise.all([1, 2, 3].map((seed) => store.put(body(bytesOf(seed * 1000, seed)))));
      const listed = await all(again().list());
      const sizes = (list: { sha256: string; size: number }[]) => new Map(list.map((one) => [one.sha256, one.size]));
      expect(sizes(listed)).toEqual(sizes(put));
      for (const { modifiedAt } of listed) expect(Math.abs(Date.now() - modifiedAt)).toBeLessThan(60_000);
      const [{ sha256 } = { sha256: '' }] = put;
      expect(await store.delete(sha256, Date.now() - 60_000)).toBe(false);
      expect(await store.size(sha256)).toBe(1000);
      expect(await store.delete(sha256)).toBe(true);
      expect(await store.delete(sha256)).toBe(false);
      expect(await store.size(sha256)).toBeNull();
      expect((await all(store.list())).length).toBe(2);
      expect(await all(store.leftovers())).toEqual([]);
    });

    test('a blob that is put while it is removed for its age stays', async () => {
      const { store, again } = await open();
      const collector = again();
      const contents = Array.from({ length: 40 }, (_, i) => bytesOf(100, i + 1));
      for (const bytes of contents) await store.put(body(bytes));
      // S3 tells whole seconds.
      await Bun.sleep(2100);
      await Promise.all(
        contents.map(async (bytes, i) => {
          const sha256 = sha256Hex(bytes);
          await Promise.all([
            Bun.sleep(i % 8).then(() => store.put(body(bytes))),
            collector.delete(sha256, Date.now() - 1000),
          ]);
          expect(await store.size(sha256)).toBe(100);
        }),
      );
      expect(await all(store.leftovers())).toEqual([]);
    });

    test('an upload in parts of every size, to several servers', async () => {
      const { store, again } = await open();
      const id = `${crypto.randomUUID()}.7.user-1`;
      const bytes = bytesOf(17 * MIB + 3, 8);
      await store.uploads.begin(id);
      expect(await again().uploads.size(id)).toBe(0);
      let at = 0;
      for (const length of [1, 100, 3 * MIB, 0, PART, 1, 7 * MIB, 42]) {
        const server = length % 2 === 0 ? store : again();
        expect(await server.uploads.append(id, body(bytes.subarray(at, at + length)))).toBe(at + length);
        at += length;
        expect(await again().uploads.size(id)).toBe(at);
      }
      expect(await store.uploads.append(id, body(bytes.subarray(at)))).toBe(bytes.byteLength);
      const stored = { sha256: sha256Hex(bytes), size: bytes.byteLength };
      expect(await again().uploads.complete(id, 'sha256', stored.sha256)).toEqual(stored);
      expect(await store.uploads.complete(id, 'sha256', stored.sha256)).toEqual(stored);
      expect(same(await read(store, stored.sha256, stored.size), bytes)).toBe(true);
      await again().uploads.discard(id);
      expect(await store.uploads.size(id)).toBeNull();
      expect(await all(store.leftovers())).toEqual([]);
    });

    test('an upload that breaks off goes on where it stopped', async () => {
      const { store } = await open();
      const bytes = bytesOf(13 * MIB, 9);
      const id = crypto.randomUUID();
      await store.uploads.begin(id);
      expect(await kindOf(store.uploads.append(id, cutBody(bytes.subarray(0, 6 * MIB))))).toContain('cut');
      const size = (await store.uploads.size(id)) ?? 0;
      expect(size).toBe(6 * MIB);
      expect(await store.uploads.append(id, body(bytes.subarray(size)))).toBe(bytes.byteLength);
      const { sha256 } = await store.uploads.complete(id, 'sha256', sha256Hex(bytes));
      expect(same(await read(store, sha256, bytes.byteLength), bytes)).toBe(true);
    });

    test('a chunk of another length than announced is refused, and the upload continues where it was', async () => {
      const { store, again } = await open();
      const bytes = bytesOf(4 * PART, 14);
      const id = crypto.randomUUID();
      await store.uploads.begin(id);
      // From an empty one, from one whose last part is short, and from one of whole parts.
      let start = 0;
      for (const end of [MIB, PART, 2 * PART, 3 * PART + 10, 4 * PART]) {
        for (const come of [bytes.subarray(start, end - 1), bytesOf(end - start + 1)]) {
          expect(await kindOf(store.uploads.append(id, body(come), end - start))).toBe('unprocessable');
          expect([await store.uploads.size(id), await again().uploads.size(id)]).toEqual([start, start]);
        }
        expect(await again().uploads.append(id, body(bytes.subarray(start, end)), end - start)).toBe(end);
        start = end;
      }
      const stored = { sha256: sha256Hex(bytes), size: bytes.byteLength };
      expect(await store.uploads.complete(id, 'sha256', stored.sha256)).toEqual(stored);
      expect(same(await read(store, stored.sha256, stored.size), bytes)).toBe(true);
      await store.uploads.discard(id);
      expect(await all(store.uploads.list())).toEqual([]);
    });

    test('an upload by its SHA-512, an empty one, and a wrong one', async () => {
      const { store } = await open();
      const bytes = bytesOf(6 * MIB, 10);
      const long = crypto.randomUUID();
      const empty = crypto.randomUUID();
      await store.uploads.begin(long);
      await store.uploads.append(long, body(bytes));
      const sha512 = new Bun.CryptoHasher('sha512').update(bytes).digest('hex');
      expect(await kindOf(store.uploads.complete(long, 'sha512', sha256Hex('') + sha256Hex('')))).toBe('unprocessable');
      expect(await kindOf(store.uploads.complete(long, 'sha256', sha256Hex('')))).toBe('unprocessable');
      expect(await all(store.list())).toEqual([]);
      expect((await store.uploads.complete(long, 'sha512', sha512)).sha256).toBe(sha256Hex(bytes));
      await store.uploads.begin(empty);
      expect(await store.uploads.complete(empty, 'sha256', sha256Hex(''))).toEqual({ sha256: sha256Hex(''), size: 0 });
      expect(await store.size(sha256Hex(''))).toBe(0);
    });

    test('of two requests for one upload one is refused with a conflict', async () => {
      const { store } = await open();
      const id = crypto.randomUUID();
      await store.uploads.begin(id);
      const gate = Promise.withResolvers<void>();
      const slow = store.uploads.append(
        id,
        (async function* () {
          yield bytesOf(10);
          await gate.promise;
        })(),
      );
      expect(await kindOf(store.uploads.append(id, body(bytesOf(5))))).toBe('conflict');
      expect(await kindOf(store.uploads.complete(id, 'sha256', sha256Hex('')))).toBe('conflict');
      gate.resolve();
      expect(await slow).toBe(10);
    });

    test('bytes for an upload that is completed, or being completed, are refused and never get into the blob', async () => {
      const { store, again } = await open();
      const bytes = bytesOf(6 * MIB, 13);
      const id = crypto.randomUUID();
      const sha256 = sha256Hex(bytes);
      await store.uploads.begin(id);
      await store.uploads.append(id, body(bytes));
      const completing = kindOf(store.uploads.complete(id, 'sha256', sha256));
      const during: unknown[] = [];
      let done = false;
      const completed = completing.finally(() => {
        done = true;
      });
      while (!done) {
        during.push(kindOf(store.uploads.append(id, body(bytesOf(10)))));
        await new Promise(setImmediate);
      }
      expect(await completed).toBe('done');
      expect((await Promise.all(during))[0]).toBe('conflict');
      for (const server of [store, again()])
        for (const more of [bytesOf(10), bytesOf(0)])
          expect(await kindOf(server.uploads.append(id, body(more)))).toBe('conflict');
      expect(await again().uploads.complete(id, 'sha256', sha256)).toEqual({ sha256, size: bytes.byteLength });
      expect(await store.size(sha256)).toBe(bytes.byteLength);
      expect(same(await read(store, sha256, bytes.byteLength), bytes)).toBe(true);
      await store.uploads.discard(id);
      expect(await store.uploads.size(id)).toBeNull();
      expect(await all(store.uploads.list())).toEqual([]);
      expect(same(await read(store, sha256, bytes.byteLength), bytes)).toBe(true);
    });

    test('an upload that is discarded while more comes, or while it is completed, is not there', async () => {
      const { store } = await open();
      for (const size of [10, PART, 11 * MIB]) {
        const id = crypto.randomUUID();
        await store.uploads.begin(id);
        await store.uploads.append(id, body(bytesOf(100)));
        const adding = store.uploads.append(
          id,
          (async function* () {
            yield* body(bytesOf(size));
            await store.uploads.discard(id);
            yield bytesOf(10);
          })(),
        );
        expect(await kindOf(adding)).toBe('not_found');
        expect(await store.uploads.size(id)).toBeNull();
      }
      for (let round = 0; round < 20; round++) {
        const id = crypto.randomUUID();
        const bytes = bytesOf(1000, 20 + round);
        await store.uploads.begin(id);
        await store.uploads.append(id, body(bytes));
        const completing = kindOf(store.uploads.complete(id, 'sha256', sha256Hex(bytes)));
        // Each round lets it get a little further first.
        await Bun.sleep(round % 10);
        await store.uploads.discard(id);
        expect(['done', 'not_found']).toContain((await completing) as string);
      }
      expect(await all(store.uploads.list())).toEqual([]);
    });

    test('uploads are listed and forgotten; none is known that was not begun', async () => {
      const { store } = await open();
      const one = crypto.randomUUID();
      const two = crypto.randomUUID();
      await store.uploads.begin(one);
      await store.uploads.begin(two);
      await store.uploads.append(two, body(bytesOf(11 * MIB)));
      const listed = await all(store.uploads.list());
      const sizes = new Map(listed.map(({ id, size }) => [id, size]));
      expect(sizes).toEqual(
        new Map([
          [one, 0],
          [two, 11 * MIB],
        ]),
      );
      for (const id of [one, two, two]) await store.uploads.discard(id);
      expect(await all(store.uploads.list())).toEqual([]);
      expect(await store.uploads.size(two)).toBeNull();
      expect(await kindOf(store.uploads.append(two, body(bytesOf(1))))).toBe('not_found');
      expect(await kindOf(store.uploads.complete(two, 'sha256', sha256Hex('')))).toBe('not_found');
      for (const name of ['../x', 'a/b', '', 'a..b'])
        expect(await kindOf((async () => store.uploads.begin(name))())).toContain('not a name');
      expect(await kindOf((async () => store.size('../../etc'))())).toContain('not a SHA-256');
    });

    test('a large one, put and uploaded', async () => {
      const { store } = await open();
      const bytes = bytesOf(45 * MIB, 12);
      const stored = { sha256: sha256Hex(bytes), size: bytes.byteLength };
      expect(await store.put(body(bytes, 3 * MIB))).toEqual(stored);
      await store.delete(stored.sha256);
      const id = crypto.randomUUID();
      await store.uploads.begin(id);
      await store.uploads.append(id, body(bytes, 3 * MIB));
      expect(await store.uploads.complete(id, 'sha256', stored.sha256)).toEqual(stored);
      const hasher = new Bun.CryptoHasher('sha256');
      const found = await store.open(stored.sha256, stored.size);
      if (found) for await (const chunk of found.stream()) hasher.update(chunk);
      expect(hasher.digest('hex')).toBe(stored.sha256);
    });
  });
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

contract('filesystem', test, async () => {
  const folder = scratchFolder('postern-blobs-');
  folders.push(folder);
  return { store: filesystemBlobs(folder), again: () => filesystemBlobs(folder) };
});

contract('S3', needsCeph, async () => {
  const address = await freshBucket();
  const again = () =>
    s3Blobs(createBucket(createS3Client(address, CEPH_KEYS)), { prefix: 'a/b/', readers: null, partBytes: PART });
  return { store: again(), again };
});
