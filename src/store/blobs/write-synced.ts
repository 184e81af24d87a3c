import { closeSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tooLarge, unprocessable } from '../../lib/errors.ts';
import { openNew, syncOpen } from '../sync.ts';
import type { Expectation, StoredBlob } from './blob-store.ts';

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
  const limit = Math.min(expect.maxBytes ?? Number.POSITIVE_INFINITY, expect.size ?? Number.POSITIVE_INFINITY);
  const hasher = new Bun.CryptoHasher('sha256');
  const held: Uint8Array[] = [];
  let [size, file]: [number, Awaited<ReturnType<typeof open>> | null] = [0, null];
  const compare = () => compared({ sha256: hasher.digest('hex'), size }, expect);
  try {
    for await (const chunk of body) {
      size += chunk.byteLength;
      if (size > limit) throw overLimit(expect);
      hasher.update(chunk);
      held.push(chunk);
      if (size <= SMALL_BYTES) continue;
      file ??= await open(path, 'wx', 0o600);
      for (const part of held.splice(0)) await file.writeFile(part);
    }
    if (file === null) {
      const stored = compare();
      await writeSmall(path, Buffer.concat(held));
      return stored;
    }
    await file.sync();
    return compare();
  } finally {
    await file?.close();
  }
}

/**
 * Making a file and waiting for the disk may take long, and are left to another thread; its few bytes go to the kernel's memory
 * at once. Not by `writeFile` and its `flush`: that keeps to itself what the disk could not keep.
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

function compared(stored: StoredBlob, expect: Expectation): StoredBlob {
  const { sha256, size } = stored;
  if (expect.size !== undefined && size !== expect.size)
    throw unprocessable(`expected ${expect.size} bytes, got ${size}`);
  if (expect.sha256 !== undefined && sha256 !== expect.sha256)
    throw unprocessable(`expected SHA-256 ${expect.sha256}, got ${sha256}`);
  return stored;
}

function overLimit(expect: Expectation): Error {
  if (expect.size !== undefined) return unprocessable(`expected ${expect.size} bytes, got more`);
  return tooLarge(`larger than the limit of ${expect.maxBytes} bytes`);
}
