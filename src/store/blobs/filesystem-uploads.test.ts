import { afterEach, beforeEach, expect, spyOn, test } from 'bun:test';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { rejectionOf, thrown } from '../../../test/support/rejection.ts';
import { scratchFolder } from '../../../test/support/scratch.ts';
import { sha256Hex } from '../../lib/digest.ts';
import type { BlobStore } from './blob-store.ts';
import { filesystemBlobs } from './filesystem.ts';

/** So much that it is synced while more comes. */
const LARGE = Buffer.alloc(17 * 1024 ** 2, 'large');

let root: string;
let blobs: BlobStore;

beforeEach(() => {
  root = scratchFolder('postern-blobs-');
  blobs = filesystemBlobs(root);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function* whole() {
  yield LARGE;
}
async function* short(round: number) {
  yield Buffer.from(`short ${round}`);
}
async function* brokenOff() {
  yield LARGE;
  throw new Error('the connection was cut');
}
async function* diskFull() {
  yield LARGE;
  throw errorWith('ENOSPC');
}

const errorWith = (code: string) => Object.assign(new Error(`${code} of the test`), { code });

/** The next sync fails, and those after it succeed: the kernel reports lost writes once. */
async function failOneSync(code: string, kind: 'sync' | 'datasync'): Promise<Disposable> {
  const file = await open(join(root, 'any'), 'w');
  await file.close();
  const spy = spyOn(Object.getPrototypeOf(file) as FileHandle, kind).mockRejectedValueOnce(errorWith(code));
  return {
    [Symbol.dispose]() {
      const calls = spy.mock.calls.length;
      spy.mockRestore();
      expect(calls).toBe(1);
    },
  };
}

/** Makes the folder of a blob, so that the sync of its bytes is the first one. */
async function prepareFolder(): Promise<void> {
  await blobs.delete((await blobs.put(whole())).sha256);
}

for (const code of ['EIO', 'ENOSPC'])
  for (const body of [whole, brokenOff, diskFull])
    test(`an upload whose bytes the disk could not keep is gone (${code}, ${body.name})`, async () => {
      const id = crypto.randomUUID();
      await blobs.uploads.begin(id);
      {
        using _ = await failOneSync(code, 'datasync');
        expect(await thrown(blobs.uploads.append(id, body()))).toThrow(`${code} of the test`);
      }
      expect(await blobs.uploads.size(id)).toBeNull();
      expect(await rejectionOf(blobs.uploads.complete(id, 'sha256', sha256Hex(LARGE)))).toMatchObject({
        kind: 'not_found',
      });
      expect(await rejectionOf(blobs.uploads.append(id, whole()))).toMatchObject({ kind: 'not_found' });
      expect(await Array.fromAsync(blobs.list())).toEqual([]);
      await blobs.uploads.begin(id);
      await blobs.uploads.append(id, whole());
      expect((await blobs.uploads.complete(id, 'sha256', sha256Hex(LARGE))).size).toBe(LARGE.byteLength);
    });

for (const code of ['EIO', 'ENOSPC'])
  test(`an upload whose last bytes the disk could not keep is gone when it is completed again (${code})`, async () => {
    await prepareFolder();
    const id = crypto.randomUUID();
    await blobs.uploads.begin(id);
    await blobs.uploads.append(id, whole());
    {
      using _ = await failOneSync(code, 'sync');
      expect(await thrown(blobs.uploads.complete(id, 'sha256', sha256Hex(LARGE)))).toThrow(`${code} of the test`);
    }
    expect(await blobs.uploads.size(id)).toBeNull();
    expect(await rejectionOf(blobs.uploads.complete(id, 'sha256', sha256Hex(LARGE)))).toMatchObject({
      kind: 'not_found',
    });
    expect(await Array.fromAsync(blobs.list())).toEqual([]);
  });

test('an upload that was cut, or met a full disk, continues from the bytes that were kept', async () => {
  const id = crypto.randomUUID();
  await blobs.uploads.begin(id);
  expect(await thrown(blobs.uploads.append(id, brokenOff()))).toThrow('cut');
  expect(await blobs.uploads.size(id)).toBe(LARGE.byteLength);
  expect(await thrown(blobs.uploads.append(id, diskFull()))).toThrow('ENOSPC');
  expect(await blobs.uploads.size(id)).toBe(LARGE.byteLength);
  expect((await blobs.uploads.complete(id, 'sha256', sha256Hex(LARGE))).size).toBe(LARGE.byteLength);
});

test('an upload that was killed before its blob had a name is completed again, or listed and forgotten', async () => {
  for (const again of [true, false]) {
    const id = `${crypto.randomUUID()}.7.user-1`;
    await blobs.uploads.begin(id);
    await blobs.uploads.append(id, whole());
    renameSync(join(root, 'uploads', id), join(root, 'uploads', `${id}~whole`));
    const restarted = filesystemBlobs(root);
    expect(await restarted.uploads.size(id)).toBe(LARGE.byteLength);
    expect(await Array.fromAsync(restarted.uploads.list())).toMatchObject([{ id, size: LARGE.byteLength }]);
    expect(await rejectionOf(restarted.uploads.append(id, whole()))).toMatchObject({ kind: 'conflict' });
    if (again) expect((await restarted.uploads.complete(id, 'sha256', sha256Hex(LARGE))).size).toBe(LARGE.byteLength);
    await restarted.uploads.discard(id);
    expect(readdirSync(join(root, 'uploads'))).toEqual([]);
    expect(await blobs.delete(sha256Hex(LARGE))).toBe(again);
  }
});

test('an upload whose blob could not be kept is as it was: completed again it is one, and nothing is added to it', async () => {
  const id = crypto.randomUUID();
  const digest = sha256Hex(LARGE);
  await blobs.uploads.begin(id);
  await blobs.uploads.append(id, whole());
  // In the place of the folder for the blob there is a file.
  mkdirSync(join(root, 'sha256'));
  writeFileSync(join(root, 'sha256', digest.slice(0, 2)), '');
  expect(await thrown(blobs.uploads.complete(id, 'sha256', digest))).toThrow();
  rmSync(join(root, 'sha256', digest.slice(0, 2)));
  expect(await rejectionOf(blobs.uploads.append(id, whole()))).toMatchObject({ kind: 'conflict' });
  expect(await blobs.uploads.complete(id, 'sha256', digest)).toEqual({ sha256: digest, size: LARGE.byteLength });
  expect(await blobs.size(digest)).toBe(LARGE.byteLength);
});

test('an upload that is discarded while more comes, or while it is completed, is not there', async () => {
  const outcomes = new Set<unknown>();
  for (let round = 0; round < 100; round++) {
    const id = crypto.randomUUID();
    await blobs.uploads.begin(id);
    await blobs.uploads.append(id, short(round));
    const completing = blobs.uploads.complete(id, 'sha256', sha256Hex(`short ${round}`)).then(
      () => 'done',
      (error: { kind?: string }) => error.kind ?? error,
    );
    // Each round lets it get a little further first.
    for (let turn = 0; turn < round / 4; turn++) await new Promise(setImmediate);
    await blobs.uploads.discard(id);
    outcomes.add(await completing);
  }
  // The machine decides how far the completion came; each of its failures must be `not_found`.
  outcomes.delete('done');
  expect([...outcomes]).toEqual(['not_found']);
  expect(readdirSync(join(root, 'uploads'))).toEqual([]);

  const id = crypto.randomUUID();
  await blobs.uploads.begin(id);
  async function* discarded() {
    yield LARGE;
    await blobs.uploads.discard(id);
    yield LARGE;
  }
  expect(await rejectionOf(blobs.uploads.append(id, discarded()))).toMatchObject({ kind: 'not_found' });
});
