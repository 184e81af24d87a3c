import { gunzipSync } from 'node:zlib';
import type { Headers } from 'tar-stream';
import { unprocessable } from '../errors.ts';
import { type ArchiveEntry, explained, type Streamed, watchSource } from './archive.ts';
import { type ArchiveGuard, type ArchiveLimits, guardArchive } from './archive-limits.ts';
import { ByteReader } from './byte-reader.ts';
import { type Compression, decompress } from './decompress.ts';

/** The accepted types of entries, by the names of tar-stream. */
const TYPES: Readonly<Record<string, ArchiveEntry['type']>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
};

/** Headers that declare something about a later entry. */
const DECLARATIONS: ReadonlySet<Headers['type']> = new Set([
  'pax-header',
  'pax-global-header',
  'gnu-long-path',
  'gnu-long-link-path',
]);

/** pax fields that apply to all later entries. `git archive` writes one. */
const MAX_GLOBAL_FIELDS = 100;
/**
 * An archive in memory that unpacks to no more than this is unpacked in one step: streams cost several times as much.
 */
const SMALL_UNPACKED = 1024 * 1024;
const BLOCK = 512;
const ZEROS = Buffer.alloc(BLOCK);

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
  const message = notATar(compression);
  const source = watchSource(isInMemory ? [archive] : archive.stream(), message);
  const small = isInMemory && compression === 'gzip' ? gunzipSmall(archive) : null;
  const bytes = small ? [small] : explained(decompress[compression](source.bytes), source.explain);
  const input = new ByteReader(counted(bytes, guard), () => unprocessable(message));
  try {
    const headers = new HeaderReader(input, guard, await loadCodec());
    for (let header = await headers.next(); header; header = await headers.next()) {
      const { name, type, size, target } = header;
      guard.entry(name, type, target);
      if (target !== undefined && size > 0) throw linkWithContent();
      const body = input.body(size);
      yield { name, type: target === undefined ? (type as ArchiveEntry['type']) : 'link', size, stream: () => body };
      await body.skip(guard.turn);
      await input.take(paddingOf(size));
    }
    // The decoder of zstd says nothing of a frame that is cut off. Every tar ends with blocks of zeros.
    if (compression === 'zstd' && !headers.endsWithZeros) throw unprocessable('the archive is cut off');
  } catch (error) {
    throw source.explain(error);
  } finally {
    await input.close();
  }
}

const notATar = (compression: Compression) =>
  compression === 'none' ? 'the archive is not a whole tar' : `the archive is not a whole tar under ${compression}`;

/** Null when it is larger or damaged: the stream finds out which. */
function gunzipSmall(archive: Uint8Array): Buffer | null {
  try {
    return gunzipSync(archive, { maxOutputLength: SMALL_UNPACKED });
  } catch {
    return null;
  }
}

/** Counts bytes on their way to the parser. */
async function* counted(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, guard: ArchiveGuard) {
  for await (const chunk of bytes) {
    await guard.turn();
    guard.unpacks(chunk.byteLength);
    yield chunk;
  }
}

type Codec = typeof import('tar-stream/headers.js');
let codec: Codec | undefined;

/** Loaded once, on first use. */
async function loadCodec(): Promise<Codec> {
  codec ??= await import('tar-stream/headers.js');
  return codec;
}

/** The number of bytes between an entry and the next block. */
const paddingOf = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

interface Header {
  name: string;
  /** As of `TYPES`; of an entry that is not accepted its name. */
  type: string;
  /** Bytes that follow. */
  size: number;
  /** Of a link. */
  target?: string;
}

/** Reads the headers of entries, with the names and sizes that other headers before them declare. */
class HeaderReader {
  readonly #input: ByteReader;
  readonly #guard: ArchiveGuard;
  readonly #codec: Codec;
  /** Whether the last block was empty, as at the end of a tar. */
  endsWithZeros = false;

  constructor(input: ByteReader, guard: ArchiveGuard, codec: Codec) {
    this.#input = input;
    this.#guard = guard;
    this.#codec = codec;
  }

  /** The header of the next entry. Null: the archive has ended. */
  async next(): Promise<Header | null> {
    const input = this.#input;
    const declared: Declared = { held: 0, longName: '', longTarget: '', pax: null };
    while (await input.hasMore()) {
      const block = await input.take(BLOCK);
      this.endsWithZeros = block.equals(ZEROS);
      // Some programs write entries after the end of a tar, and some readers read them.
      const header = this.endsWithZeros ? null : this.#codec.decode(block, 'utf-8');
      if (!header) continue;
      await this.#guard.turn();
      if (!DECLARATIONS.has(header.type)) return entryOf(header, declared);
      await this.#read(header, declared);
    }
    return null;
  }

  /** Reads a header whose body declares something about the entry after it. */
  async #read({ type, size }: Headers, declared: Declared): Promise<void> {
    const length = checkSize(size);
    declared.held += BLOCK + length;
    this.#guard.holdsHeaders(declared.held);
    const body = await this.#input.take(length);
    await this.#input.take(paddingOf(length));
    if (type === 'gnu-long-path') declared.longName = this.#codec.decodeLongPath(body, 'utf-8');
    else if (type === 'gnu-long-link-path') declared.longTarget = this.#codec.decodeLongPath(body, 'utf-8');
    else if (type === 'pax-header') declared.pax = checkPax(this.#codec.decodePax(body));
    else if (type === 'pax-global-header') checkGlobalPax(checkPax(this.#codec.decodePax(body)));
  }
}

/** The declarations that apply to the next entry. */
interface Declared {
  /** Bytes of their headers, which are in memory. */
  held: number;
  longName: string;
  longTarget: string;
  pax: Pax | null;
}

type Pax = Readonly<Record<string, string>>;

/** A pax field has precedence over the others. */
function entryOf({ name, type, size, linkname }: Headers, { longName, longTarget, pax }: Declared): Header {
  const bytes = checkSize(pax?.['size'] ? Number.parseInt(pax['size'], 10) : size);
  const isLink = type === 'link' || type === 'symlink';
  return {
    name: pax?.['path'] || longName || name,
    type: TYPES[type ?? 'file'] ?? `${type}`,
    // Readers ignore the size of a folder.
    size: type === 'directory' ? 0 : bytes,
    ...(isLink ? { target: pax?.['linkpath'] || longTarget || linkname || '' } : {}),
  };
}

function checkSize(size: number | undefined): number {
  if (size === undefined || !Number.isSafeInteger(size) || size < 0)
    throw unprocessable('the archive holds an entry without a valid size');
  return size;
}

const linkWithContent = () =>
  unprocessable('the archive holds a link with content, which programs read in different ways');

/**
 * Some programs take names and sizes from these fields and others do not: they would unpack other files than were
 * checked.
 */
const ambiguous = () => unprocessable('the archive holds a pax field that programs read in different ways');

function checkPax(fields: Pax): Pax {
  if (Object.keys(fields).some((field) => field.startsWith('GNU.sparse.'))) throw ambiguous();
  return fields;
}

/** Global fields that pass this check say nothing of an entry's name or size. */
function checkGlobalPax(fields: Pax): void {
  const names = Object.keys(fields);
  if (names.length > MAX_GLOBAL_FIELDS) throw unprocessable('the archive holds headers that are too large');
  if (names.some((name) => ['path', 'linkpath', 'size'].includes(name))) throw ambiguous();
}
