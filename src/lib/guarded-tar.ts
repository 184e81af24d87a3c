import { pipeline, Readable } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';
import type { Extract, Headers } from 'tar-stream';
import { type ArchiveGuard, type ArchiveLimits, guardArchive } from './archive-limits.ts';
import { unprocessable } from './errors.ts';
import { type PlainEntry, plainEntries } from './plain-tar.ts';
import type { StoredBytes } from './stored-bytes.ts';

/** What the types of a tar are to us; any other is not taken. */
const TYPES: Readonly<Record<string, 'file' | 'folder'>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
};

/**
 * What may come before an entry, in bytes: long names, the fields of pax. The parser holds it in memory. Far less is
 * usual; but what is counted is what was unpacked, and that is some pieces ahead of the parser.
 */
const MAX_HEADERS = 1024 * 1024;
/** Fields of pax for all entries from there on: the parser copies them to each. `git archive` writes one. */
const MAX_FIELDS_FOR_ALL = 100;

/** What is in memory and unpacks to no more than this is unpacked in one step: streams cost several times as much. */
const SMALL_UNPACKED = 1024 * 1024;

/**
 * Walks through a gzipped tar without unpacking it anywhere, and reads the files that are asked for.
 * @param archive in a store, or a small one in memory.
 * @param wanted the most bytes to read of an entry of this name; 0: none of it.
 * @returns the contents by name, of the first entry where several have one.
 * @throws PosternError `unprocessable` when it is no such archive, is larger than it looks, or holds an entry that
 * could leave the folder it is unpacked into: links, absolute names, `..`.
 */
export async function readTarball(
  archive: Pick<StoredBytes, 'size' | 'stream'> | Uint8Array<ArrayBuffer>,
  limits: ArchiveLimits,
  wanted: (name: string) => number,
): Promise<Map<string, Buffer>> {
  const guard = guardArchive(archive instanceof Uint8Array ? archive.byteLength : archive.size, limits);
  const small = archive instanceof Uint8Array ? unpackSmall(archive) : null;
  const plain = small && plainEntries(small);
  if (!plain) return readStreamed(archive, small, guard, wanted);
  guard.unpacks(small.byteLength);
  return readPlain(plain, guard, wanted);
}

function readPlain(
  entries: readonly PlainEntry[],
  guard: ArchiveGuard,
  wanted: (name: string) => number,
): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const [index, { name, type, bytes }] of entries.entries()) {
    guard.entries(index + 1);
    guard.entry(name, TYPES[type] ?? type);
    const max = type === 'file' ? wanted(name) : 0;
    if (max === 0) continue;
    if (bytes.byteLength > max) throw largerThan(name, max);
    found.set(name, bytes);
  }
  return found;
}

/** @param small the archive unpacked, where it is so small that it was. */
async function readStreamed(
  archive: Pick<StoredBytes, 'size' | 'stream'> | Uint8Array<ArrayBuffer>,
  small: Buffer | null,
  guard: ArchiveGuard,
  wanted: (name: string) => number,
): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const { extract } = await import('tar-stream');
  const entries = extract();
  const headers = guardHeaders(entries);
  let count = 0;
  try {
    unpackInto(entries, archive, small, (bytes) => {
      guard.unpacks(bytes);
      headers.unpacks(bytes);
    });
    for await (const entry of entries) {
      guard.entries(++count);
      headers.entry(entry.header);
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

/** Sees to what the parser leaves to us of what stands between the entries. */
function guardHeaders(entries: Extract) {
  let unpacked = 0;
  let most = MAX_HEADERS;
  let forAll: object | null = null;
  Object.defineProperty(entries, '_paxGlobal', {
    get: () => forAll,
    set(fields: object) {
      if (Object.keys(fields).length > MAX_FIELDS_FOR_ALL) throw tooLargeHeaders();
      forAll = fields;
    },
  });
  return {
    unpacks(bytes: number): void {
      unpacked += bytes;
      if (unpacked > most) throw tooLargeHeaders();
    },
    /**
     * A size is what is written, in the header or a field of pax: of one that is no number the parser would never find
     * the end.
     */
    entry({ type, size }: Headers): void {
      if (!Number.isSafeInteger(size) || Number(size) < 0) throw unprocessable('the archive holds an entry of no size');
      // What a folder says of its size is not looked at.
      most = unpacked + (type === 'directory' ? 0 : Number(size)) + MAX_HEADERS;
    },
  };
}

const tooLargeHeaders = () => unprocessable('the archive holds headers that are too large');

/** Unpacks into `entries`, at once or as it is read; what goes wrong later ends `entries` with it. */
function unpackInto(
  entries: Extract,
  archive: Pick<StoredBytes, 'size' | 'stream'> | Uint8Array<ArrayBuffer>,
  small: Buffer | null,
  unpacks: (bytes: number) => void,
): void {
  if (small) {
    unpacks(small.byteLength);
    entries.end(small);
    return;
  }
  const unpacked = createGunzip();
  unpacked.on('data', (chunk: Buffer) => {
    try {
      unpacks(chunk.length);
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

const largerThan = (name: string, max: number) => unprocessable(`${name} in the archive is larger than ${max} bytes`);

async function readEntry(entry: AsyncIterable<Buffer>, name: string, max: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of entry) {
    size += chunk.length;
    if (size > max) throw largerThan(name, max);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
