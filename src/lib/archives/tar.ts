import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import type { Extract, Headers } from 'tar-stream';
import { unprocessable } from '../errors.ts';
import { type ArchiveEntry, explained, type Streamed, watchSource } from './archive.ts';
import { type ArchiveGuard, type ArchiveLimits, guardArchive } from './archive-limits.ts';
import { type Compression, decompress } from './decompress.ts';

/** The accepted types of entries, by the names of tar-stream. */
const TYPES: Readonly<Record<string, ArchiveEntry['type']>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
};

/** pax fields that apply to all later entries: the parser copies them to each. `git archive` writes one. */
const MAX_GLOBAL_FIELDS = 100;
/**
 * An archive in memory that unpacks to no more than this is unpacked in one step: streams cost several times as much.
 */
const SMALL_UNPACKED = 1024 * 1024;
const BLOCK = 512;

/**
 * Walks through a tar without unpacking it anywhere.
 * https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06
 * @param archive stored, or a small one in memory.
 * @throws PosternError `unprocessable` when it is no tar under this compression, or the guard refuses it.
 */
export async function* openTar(
  archive: Streamed | Uint8Array<ArrayBuffer>,
  compression: Compression,
  limits: ArchiveLimits,
): AsyncGenerator<ArchiveEntry, void> {
  const isInMemory = archive instanceof Uint8Array;
  const guard = guardArchive(isInMemory ? archive.byteLength : archive.size, limits);
  const source = watchSource(isInMemory ? inMemory(archive) : archive.stream(), notATar(compression));
  const { extract } = await import('tar-stream');
  const entries = extract();
  const headers = guardHeaders(entries, guard);
  try {
    const small = isInMemory && compression === 'gzip' ? gunzipSmall(archive) : null;
    if (small) entries.end(headers.passes(small));
    else feed(entries, counted(decompress[compression](source.bytes), { headers, guard, compression }));
    for await (const entry of entries) {
      await guard.turn();
      const { name, type, size } = headers.entry(entry.header);
      guard.entry(name, type);
      yield {
        name,
        type: type as ArchiveEntry['type'],
        size,
        stream: () => explained(entry as AsyncIterable<Buffer>, source.explain),
      };
      entry.resume();
    }
  } catch (error) {
    throw source.explain(error);
  } finally {
    entries.destroy();
  }
}

const notATar = (compression: Compression) =>
  compression === 'none' ? 'the archive is not a whole tar' : `the archive is not a whole tar under ${compression}`;

async function* inMemory(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Null when it is larger or damaged: the stream finds out which. */
function gunzipSmall(archive: Uint8Array): Buffer | null {
  try {
    return gunzipSync(archive, { maxOutputLength: SMALL_UNPACKED });
  } catch {
    return null;
  }
}

/** An error of `bytes` ends the loop over `entries`. */
function feed(entries: Extract, bytes: AsyncIterable<Uint8Array>): void {
  pipeline(Readable.from(bytes), entries).catch(() => {});
}

interface Counters {
  headers: ReturnType<typeof guardHeaders>;
  guard: ArchiveGuard;
  compression: Compression;
}

async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  { headers, guard, compression }: Counters,
): AsyncGenerator<Uint8Array> {
  let last: Uint8Array = new Uint8Array();
  for await (const chunk of bytes) {
    await guard.turn();
    yield headers.passes(chunk);
    last = chunk.byteLength < BLOCK ? Buffer.concat([last, chunk]).subarray(-BLOCK) : chunk;
  }
  // The decoder of zstd says nothing of a frame that is cut off. Every tar ends with blocks of zeros.
  const end = last.subarray(-BLOCK);
  if (compression === 'zstd' && (end.byteLength < BLOCK || end.some((byte) => byte !== 0)))
    throw unprocessable('the archive is cut off');
}

/**
 * Some programs take names and sizes from these fields and others do not: they would unpack other files than were
 * checked.
 */
const ambiguous = () => unprocessable('the archive holds a pax field that programs read in different ways');

/** Bounds what the parser holds in memory between two entries: long names and pax fields. */
function guardHeaders(entries: Extract, guard: ArchiveGuard) {
  let passed = 0;
  let entryEnd = 0;
  let globalFields: object | null = null;
  Object.defineProperty(entries, '_paxGlobal', {
    get: () => globalFields,
    set(fields: object) {
      const names = Object.keys(fields);
      if (names.length > MAX_GLOBAL_FIELDS) throw unprocessable('the archive holds headers that are too large');
      if (names.some((name) => ['path', 'linkpath', 'size'].includes(name))) throw ambiguous();
      globalFields = fields;
    },
  });
  return {
    /** Counts bytes on their way to the parser. */
    passes<B extends Uint8Array>(chunk: B): B {
      guard.unpacks(chunk.byteLength);
      passed += chunk.byteLength;
      guard.holdsHeaders(passed - entryEnd);
      return chunk;
    },
    /** The parser never finds the end of an entry whose size, from the header or a pax field, is no number. */
    entry({ name, type, size, pax }: Headers & { pax?: object | null }): { name: string; type: string; size: number } {
      if (!Number.isSafeInteger(size) || Number(size) < 0)
        throw unprocessable('the archive holds an entry without a valid size');
      if (Object.keys(pax ?? {}).some((field) => field.startsWith('GNU.sparse.'))) throw ambiguous();
      // The parser ignores the size of a folder.
      const bytes = type === 'directory' ? 0 : Number(size);
      entryEnd = passed + bytes;
      return { name, type: TYPES[type ?? 'file'] ?? `${type}`, size: bytes };
    },
  };
}
