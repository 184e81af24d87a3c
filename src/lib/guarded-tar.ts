import { pipeline, Readable } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';
import { type Extract, extract } from 'tar-stream';
import { type ArchiveGuard, type ArchiveLimits, guardArchive } from './archive-limits.ts';
import { unprocessable } from './errors.ts';
import type { StoredBytes } from './stored-bytes.ts';

/** What the types of a tar are to us; any other is not taken. */
const TYPES: Readonly<Record<string, 'file' | 'folder'>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
};

/** What is in memory and unpacks to no more than this is unpacked in one step: streams cost several times as much. */
const SMALL_UNPACKED = 1024 * 1024;

/**
 * Walks through a gzipped tar without unpacking it anywhere, and reads the files that are asked for.
 * @param archive in a store, or a small one in memory.
 * @param wanted the most bytes to read of an entry of this name; 0: none of it.
 * @returns the contents by name, of the first entry where several have one.
 * @throws PosternError `unprocessable` when it is no such archive, is larger than it looks, or holds an entry that could
 * leave the folder it is unpacked into: links, absolute names, `..`.
 */
export async function readTarball(
  archive: Pick<StoredBytes, 'size' | 'stream'> | Uint8Array<ArrayBuffer>,
  limits: ArchiveLimits,
  wanted: (name: string) => number,
): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const entries = extract();
  const guard = guardArchive(archive instanceof Uint8Array ? archive.byteLength : archive.size, limits);
  let count = 0;
  try {
    unpackInto(entries, archive, guard);
    for await (const entry of entries) {
      guard.entries(++count);
      const { name, type } = entry.header;
      guard.entry(name, TYPES[type ?? 'file'] ?? `${type}`);
      const max = TYPES[type ?? 'file'] === 'file' ? wanted(name) : 0;
      if (max > 0) found.set(name, await readEntry(entry, name, max));
      else entry.resume();
    }
  } catch (error) {
    throw error instanceof Error && error.name === 'PosternError'
      ? error
      : unprocessable('the archive is not a gzipped tar');
  } finally {
    entries.destroy();
  }
  return found;
}

/** Unpacks into `entries`, at once or as it is read; what goes wrong later ends `entries` with it. */
function unpackInto(
  entries: Extract,
  archive: Pick<StoredBytes, 'size' | 'stream'> | Uint8Array<ArrayBuffer>,
  guard: ArchiveGuard,
): void {
  const small = archive instanceof Uint8Array ? unpackSmall(archive) : null;
  if (small) {
    guard.unpacks(small.byteLength);
    entries.end(small);
    return;
  }
  const unpacked = createGunzip();
  unpacked.on('data', (chunk: Buffer) => {
    try {
      guard.unpacks(chunk.length);
    } catch (error) {
      unpacked.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
  entries.on('close', () => unpacked.destroy());
  const stream = archive instanceof Uint8Array ? new Blob([archive]).stream() : archive.stream();
  pipeline(Readable.from(stream), unpacked, entries, () => {});
}

/** Null when it is not so small, or not what it should be: the stream tells why. */
function unpackSmall(archive: Uint8Array): Buffer | null {
  try {
    return gunzipSync(archive, { maxOutputLength: SMALL_UNPACKED });
  } catch {
    return null;
  }
}

async function readEntry(entry: AsyncIterable<Buffer>, name: string, max: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of entry) {
    size += chunk.length;
    if (size > max) throw unprocessable(`${name} in the archive is larger than ${max} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
