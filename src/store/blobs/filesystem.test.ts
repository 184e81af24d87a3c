import { afterEach, beforeEach, expect, test } from 'bun:test';
import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../../../test/support/scratch.ts';
import { DAY } from '../../lib/clock.ts';
import { sha256Hex } from '../../lib/digest.ts';
import type { BlobStore } from './blob-store.ts';
import { filesystemBlobs } from './filesystem.ts';

let root: string;
let blobs: BlobStore;

beforeEach(() => {
  root = scratchFolder('postern-blobs-');
  blobs = filesystemBlobs(root);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const body = async function* (text: string) {
  yield Buffer.from(text);
};

/** Makes a blob look as if it had come two days ago. */
function age(sha256: string): void {
  const then = new Date(Date.now() - 2 * DAY);
  utimesSync(join(root, 'sha256', sha256.slice(0, 2), sha256), then, then);
}

test('lists its blobs with size and age', async () => {
  const one = await blobs.put(body('one'));
  const two = await blobs.put(body('and two'));
  age(two.sha256);
  const listed = await Array.fromAsync(blobs.list());
  expect(new Map(listed.map(({ sha256, size }) => [sha256, size]))).toEqual(
    new Map([
      [one.sha256, 3],
      [two.sha256, 7],
    ]),
  );
  const ages = new Map(listed.map(({ sha256, modifiedAt }) => [sha256, Date.now() - modifiedAt]));
  expect(ages.get(one.sha256)).toBeLessThan(DAY);
  expect(ages.get(two.sha256)).toBeGreaterThan(DAY);
});

test('a blob that is put again is young again', async () => {
  const { sha256 } = await blobs.put(body('again'));
  age(sha256);
  await blobs.put(body('again'));
  const [listed] = await Array.fromAsync(blobs.list());
  expect(Date.now() - (listed?.modifiedAt ?? 0)).toBeLessThan(DAY);
});

test('removes what is older than asked for and nothing else', async () => {
  const old = await blobs.put(body('old'));
  const young = await blobs.put(body('young'));
  age(old.sha256);
  expect(await blobs.delete(young.sha256, Date.now() - DAY)).toBe(false);
  expect(await blobs.delete(old.sha256, Date.now() - DAY)).toBe(true);
  expect(await blobs.delete(old.sha256, Date.now() - DAY)).toBe(false);
  expect(await blobs.size(old.sha256)).toBeNull();
  expect(await blobs.size(young.sha256)).toBe(5);
  expect(await blobs.delete(young.sha256)).toBe(true);
  expect(readdirSync(join(root, 'tmp'))).toEqual([]);
});

test('a blob that is put while it is removed is there, whichever comes first', async () => {
  const sha256 = sha256Hex('both at once');
  for (let round = 0; round < 300; round++) {
    await blobs.put(body('both at once'));
    age(sha256);
    const putting = blobs.put(body('both at once'));
    // Each round lets the other get a little further first.
    for (let turn = 0; turn < round / 3; turn++) await new Promise(setImmediate);
    await Promise.all([blobs.delete(sha256, Date.now() - DAY), putting]);
    expect(await blobs.size(sha256)).toBe(12);
  }
});

test('lists uploads, and forgets the one that is named', async () => {
  const one = crypto.randomUUID();
  const two = `${crypto.randomUUID()}.7.user-1`;
  await blobs.uploads.begin(one);
  await blobs.uploads.begin(two);
  await blobs.uploads.append(two, body('half'));
  const listed = await Array.fromAsync(blobs.uploads.list());
  expect(new Map(listed.map(({ id, size }) => [id, size]))).toEqual(
    new Map([
      [one, 0],
      [two, 4],
    ]),
  );
  await blobs.uploads.discard(two);
  expect((await Array.fromAsync(blobs.uploads.list())).map(({ id }) => id)).toEqual([one]);
});

test('tells what a killed program left half done, and removes it', async () => {
  const spool = join(root, 'tmp', crypto.randomUUID());
  writeFileSync(spool, 'half of it');
  const [left] = await Array.fromAsync(blobs.leftovers());
  expect(left?.size).toBe(10);
  expect(left?.modifiedAt).toBe(statSync(spool).mtimeMs);
  await left?.remove();
  expect(readdirSync(join(root, 'tmp'))).toEqual([]);
});
