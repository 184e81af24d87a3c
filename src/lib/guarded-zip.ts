import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { type ArchiveGuard, type ArchiveLimits, guardArchive, leadsOut } from './archive-limits.ts';
import { unprocessable } from './errors.ts';
import type { StoredBytes } from './stored-bytes.ts';

type Archive = Pick<StoredBytes, 'size' | 'read'>;

/**
 * Of the record that ends an archive, of the two that a large one has before it, and of the header before each entry.
 */
const END = 22;
const LARGE_END = 76;
const HEADER = 30;

/**
 * Walks through the directory of a zip without unpacking it anywhere, and reads the files that are asked for.
 * @param wanted the most bytes to read of an entry of this name; 0: none of it. What it throws ends the walk.
 * @returns the contents by name.
 * @throws PosternError `unprocessable` when it is no such archive, is larger than it looks, holds an entry that could
 * leave the folder it is unpacked into (links, absolute names, `..`), or could be read in two ways: names that come
 * twice, entries that overlap, a directory with something hidden in it.
 */
export async function readZip(
  archive: Archive,
  limits: ArchiveLimits,
  wanted: (name: string) => number,
): Promise<Map<string, Buffer>> {
  const reader = new WindowReader(archive);
  let zip: ZipFile | undefined;
  try {
    const options = { lazyEntries: true, autoClose: false, strictFileNames: true };
    zip = await fromRandomAccessReaderPromise(reader, archive.size, options);
    return await walk(zip, reader, archive.size, limits, wanted);
  } catch (error) {
    if (error instanceof Error && error.name === 'PosternError') throw error;
    if (error instanceof Error && /^(absolute path|invalid relative path|invalid char)/.test(error.message))
      throw leadsOut();
    throw unprocessable('the archive is not a whole zip');
  } finally {
    zip?.close();
  }
}

async function walk(
  zip: ZipFile,
  reader: WindowReader,
  size: number,
  limits: ArchiveLimits,
  wanted: (name: string) => number,
): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const names = new Set<string>();
  const spans = [] as Span[];
  const directory = await directoryOf(zip, reader, size);
  const guard = guardArchive(size, limits);
  guard.entries(zip.entryCount);
  for await (const entry of zip.eachEntry()) {
    checkEntry(entry, guard);
    if (names.has(entry.fileName)) throw unprocessable('the archive holds a name twice');
    names.add(entry.fileName);
    guard.unpacks(entry.uncompressedSize);
    const { relativeOffsetOfLocalHeader: start, fileNameLength, compressedSize } = entry;
    spans.push({ start, end: start + HEADER + fileNameLength + compressedSize });
    const max = wanted(entry.fileName);
    if (max > 0) found.set(entry.fileName, await readEntry(zip, entry, max));
  }
  if (cursorOf(zip) !== directory.end) throw unprocessable('the archive has more in its directory than it says');
  checkSpans(spans, directory.start);
  return found;
}

/** How far the directory was read; the declarations call it a boolean. */
const cursorOf = (zip: ZipFile) => Number(zip.readEntryCursor);

interface Span {
  start: number;
  end: number;
}

/**
 * Where the directory lies. Readers find it by its offset, by its length or by counting: it must be the same place for
 * all of them.
 */
async function directoryOf(zip: ZipFile, reader: WindowReader, size: number): Promise<Span> {
  const start = cursorOf(zip);
  const end = size - END - zip.comment.length;
  const length = (await reader.bytes(end + 12, 4)).readUInt32LE();
  if (start + length === end) return { start, end };
  const large = end - LARGE_END;
  const isLarge = large > 0 && (await reader.bytes(large, 4)).readUInt32LE() === 0x06064b50;
  if (!isLarge || (await reader.bytes(large + 40, 8)).readBigUInt64LE() !== BigInt(large - start))
    throw unprocessable('the directory of the archive is not where it says');
  return { start, end: large };
}

/** @param mode as Unix has it; an archive that was made elsewhere has none. */
function typeOf(mode: number): 'file' | 'folder' | 'link' {
  const type = mode & 0o170000;
  if (type === 0 || type === 0o100000) return 'file';
  return type === 0o040000 ? 'folder' : 'link';
}

function checkEntry({ externalFileAttributes, compressionMethod, ...entry }: Entry, guard: ArchiveGuard): void {
  guard.entry(entry.fileName, typeOf(externalFileAttributes >>> 16));
  if ((entry.generalPurposeBitFlag & 1) !== 0) throw unprocessable('the archive is encrypted');
  if (compressionMethod !== 0 && compressionMethod !== 8)
    throw unprocessable('the archive is compressed in a way that is not taken');
}

/** Entries that share bytes are how a small archive unpacks to a very large one. */
function checkSpans(spans: Span[], end: number): void {
  spans.sort((a, b) => a.start - b.start);
  const overlaps = spans.some((span, i) => span.end > (spans[i + 1]?.start ?? end));
  if (overlaps) throw unprocessable('the archive has entries that overlap');
}

async function readEntry(zip: ZipFile, entry: Entry, max: number): Promise<Buffer> {
  const { fileName, uncompressedSize } = entry;
  if (uncompressedSize > max) throw unprocessable(`${fileName} in the archive is larger than ${max} bytes`);
  const header = await zip.readLocalFileHeaderPromise(entry);
  if (!header.fileName.equals(entry.fileNameRaw)) throw unprocessable('the archive has two names for an entry');
  const chunks: Buffer[] = [];
  // It ends with an error past the size that the directory gives, so this is bounded.
  for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (crc32(bytes) !== entry.crc32) throw unprocessable(`${fileName} in the archive is damaged`);
  return bytes;
}

const WINDOW = 256 * 1024;

/**
 * Reads an archive a window at a time: its directory is asked for in pieces of a few bytes, and the store may be far
 * away.
 */
class WindowReader extends RandomAccessReader {
  readonly #archive: Archive;
  #start = 0;
  #window: Buffer = Buffer.alloc(0);

  constructor(archive: Archive) {
    super();
    this.#archive = archive;
  }

  /** @throws when the archive ends before that. */
  async bytes(position: number, length: number): Promise<Buffer> {
    const from = position - this.#start;
    if (from >= 0 && from + length <= this.#window.length) return this.#window.subarray(from, from + length);
    if (position < 0 || position + length > this.#archive.size) throw new Error('out of the archive');
    const end = Math.min(this.#archive.size, position + Math.max(length, WINDOW));
    this.#window = Buffer.from(await new Response(await this.#archive.read(position, end)).arrayBuffer());
    this.#start = position;
    return this.#window.subarray(0, length);
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead: number) => void,
  ): void {
    // Out of the promise's reach: what the callback throws is not ours to catch.
    const tell = (error: Error | null, count: number) => void setImmediate(callback, error, count);
    this.bytes(position, length).then(
      (bytes) => tell(null, bytes.copy(buffer, offset)),
      (error: Error) => tell(error, 0),
    );
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const archive = this.#archive;
    return Readable.from(
      (async function* () {
        const part = await archive.read(start, end);
        yield* part instanceof Blob ? part.stream() : part;
      })(),
    );
  }
}
