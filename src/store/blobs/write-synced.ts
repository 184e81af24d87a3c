import { closeSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tooLarge, unprocessable } from '../../lib/errors.ts';
import { following } from '../../lib/following.ts';
import { openNew, syncOpen } from '../sync.ts';
import type { Expectation, StoredBlob } from './blob-store.ts';
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
  const limit = Math.min(expect.maxBytes ?? Number.POSITIVE_INFINITY, expect.size ?? Number.POSITIVE_INFINITY);
  const hasher = new Bun.CryptoHasher('sha256');
  let size = 0;
  const counted = async function* () {
    for await (const chunk of body) {
      size += chunk.byteLength;
      if (size > limit) throw overLimit(expect);
      yield chunk;
    }
  };
  const hash = (chunk: Uint8Array) => void hasher.update(chunk);
  const rest = counted();
  const held: Uint8Array[] = [];
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    held.push(next.value);
    if (size > SMALL_BYTES) break;
  }
  const small = size <= SMALL_BYTES;
  if (small) held.forEach(hash);
  else await writeLarge(path, following(held, rest), hash);
  const stored = compared({ sha256: hasher.digest('hex'), size }, expect);
  if (small) await writeSmall(path, Buffer.concat(held));
  return stored;
}

async function writeLarge(path: string, body: AsyncIterable<Uint8Array>, came: (chunk: Uint8Array) => void) {
  const file = await open(path, 'wx', 0o600);
  try {
    await writeBody(file, body, { came });
    await file.sync();
  } finally {
    await file.close();
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
