import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { type ArchiveLimits, guardArchive } from './archive-limits.ts';
import { unprocessable } from './errors.ts';
import type { StoredBytes } from './stored-bytes.ts';

/** What the types of a tar are to us; any other is not taken. */
const TYPES: Readonly<Record<string, 'file' | 'folder'>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
};

/**
 * Walks through a gzipped tar without unpacking it anywhere, and reads the files that are asked for.
 * @param wanted the most bytes to read of an entry of this name; 0: none of it.
 * @returns the contents by name, of the first entry where several have one.
 * @throws PosternError `unprocessable` when it is no such archive, is larger than it looks, or holds an entry that could
 * leave the folder it is unpacked into: links, absolute names, `..`.
 */
export async function readTarball(
  archive: Pick<StoredBytes, 'size' | 'stream'>,
  limits: ArchiveLimits,
  wanted: (name: string) => number,
): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const unpacked = createGunzip();
  const entries = extract();
  const guard = guardArchive(archive.size, limits);
  let count = 0;
  unpacked.on('data', (chunk: Buffer) => {
    try {
      guard.unpacks(chunk.length);
    } catch (error) {
      unpacked.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
  pipeline(Readable.from(archive.stream()), unpacked, entries, () => {});
  try {
    for await (const entry of entries) {
      guard.entries(++count);
      const { name, type } = entry.header;
      guard.entry(name, TYPES[type ?? 'file'] ?? `${type}`);
      const max = found.has(name) || type !== 'file' ? 0 : wanted(name);
      if (max > 0) found.set(name, await readEntry(entry, name, max));
      else entry.resume();
    }
  } catch (error) {
    throw error instanceof Error && error.name === 'PosternError'
      ? error
      : unprocessable('the archive is not a gzipped tar');
  } finally {
    unpacked.destroy();
    entries.destroy();
  }
  return found;
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
