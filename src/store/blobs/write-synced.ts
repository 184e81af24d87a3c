import { closeSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { resumeIterator } from '../../lib/resume-iterator.ts';
import { openNew, syncOpen } from '../sync.ts';
import type { Expectation, StoredBlob } from './blob-store.ts';
import { createCountingHash } from './counting-hash.ts';
import { writeBody } from './write-body.ts';

/** Up to so much is held until all of it has come: most files of packages are no larger. */
const SMALL_BYTES = 64 * 1024;

/**
 * Writes a body to a new file, hashes it on the way, and waits until it is on the disk.
 * @throws PosternError as `BlobStore.put`; what the file holds by then is for the caller to remove.
 */
export async function writeSynced(
  path: string,
  body: AsyncIterable<Uint8Array>,
  expect: Expectation,
): Promise<StoredBlob> {
  const countingHash = createCountingHash(expect);
  const rest = countingHash.count(body);
  const held: Uint8Array[] = [];
  let size = 0;
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    held.push(next.value);
    size += next.value.byteLength;
    if (size > SMALL_BYTES) break;
  }
  if (size > SMALL_BYTES) await writeLarge(path, resumeIterator(held, rest));
  const stored = countingHash.check();
  if (size <= SMALL_BYTES) await writeSmall(path, Buffer.concat(held));
  return stored;
}

async function writeLarge(path: string, body: AsyncIterable<Uint8Array>) {
  const file = await open(path, 'wx', 0o600);
  try {
    await writeBody(file, body);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Making a file and waiting for the disk may take long, and are left to another thread; its few bytes go to the
 * kernel's memory at once. Not by `writeFile` and its `flush`: that keeps to itself what the disk could not keep.
 */
async function writeSmall(path: string, bytes: Uint8Array): Promise<void> {
  const file = await openNew(path);
  try {
    writeFileSync(file, bytes);
    await syncOpen(file);
  } finally {
    closeSync(file);
  }
}
