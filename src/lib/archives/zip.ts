import { crc32 } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, getFileNameLowLevel, parseExtraFields, type ZipFile } from 'yauzl';
import { PosternError, unprocessable } from '../errors.ts';
import type { StoredBytes } from '../stored-bytes.ts';
import { type ArchiveEntry, explained } from './archive.ts';
import { type ArchiveGuard, type ArchiveLimits, guardArchive, leadsOut } from './archive-limits.ts';
import { WindowReader } from './window-reader.ts';

/** Sizes of the end record, of the two records before it in a Zip64 archive, and of the header before each entry. */
const END = 22;
const ZIP64_END = 76;
const HEADER = 30;

/**
 * Walks through the directory of a zip without unpacking it anywhere.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 * @throws PosternError `unprocessable` when it is no zip, the guard refuses it, or two readers could read it in two
 * ways: a name twice, a second name for an entry, entries that overlap, more in the directory than it declares.
 *
 * The header before an entry repeats its name. The two are compared when the entry is read. Headers of other entries
 * are not read: the server uses nothing of these entries, and up to 200,000 headers of a zip in S3 would take as many
 * requests. A client that reads the headers in order, without the directory, may therefore see other names than the
 * directory has. pip and others that unpack by the directory compare the names themselves.
 */
export async function* openZip(
  archive: Pick<StoredBytes, 'size' | 'read'>,
  limits: ArchiveLimits,
): AsyncGenerator<ArchiveEntry, void> {
  const reader = new WindowReader(archive);
  let zip: ZipFile | undefined;
  try {
    const options = { lazyEntries: true, autoClose: false, strictFileNames: true };
    zip = await fromRandomAccessReaderPromise(reader, archive.size, options);
    yield* walk(zip, reader, guardArchive(archive.size, limits));
  } catch (error) {
    throw explain(error, reader);
  } finally {
    zip?.close();
  }
}

function explain(error: unknown, { failure }: WindowReader): unknown {
  if (failure) return failure.error;
  if (error instanceof PosternError) return error;
  const message = error instanceof Error ? error.message : '';
  if (/^(absolute path|invalid relative path|invalid char)/.test(message)) return leadsOut();
  return unprocessable('the archive is not a whole zip');
}

async function* walk(zip: ZipFile, reader: WindowReader, guard: ArchiveGuard): AsyncGenerator<ArchiveEntry, void> {
  // Hashes: 200,000 names of 1 KiB would fill the memory.
  const names = new Set<number | bigint>();
  const spans: Span[] = [];
  const directory = await directoryOf(zip, reader);
  guard.declaresEntries(zip.entryCount);
  for await (const entry of zip.eachEntry()) {
    await guard.turn();
    const { fileName: name, uncompressedSize: size, relativeOffsetOfLocalHeader: start } = entry;
    const type = typeOf(entry.externalFileAttributes >>> 16);
    guard.entry(name, type);
    checkName(entry);
    checkEncoding(entry);
    const key = Bun.hash(name);
    if (names.has(key)) throw unprocessable('the archive holds a name twice');
    names.add(key);
    guard.holdsHeaders(entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength);
    guard.unpacks(size);
    spans.push({ start, end: start + HEADER + entry.fileNameLength + entry.compressedSize });
    yield {
      name,
      type: name.endsWith('/') ? 'folder' : (type as 'file' | 'folder'),
      size,
      stream: () => explained(readEntry(zip, entry), (error) => explain(error, reader)),
    };
  }
  if (cursorOf(zip) !== directory.end) throw unprocessable('the archive has more in its directory than it declares');
  checkSpans(spans, directory.start);
}

/** How far the directory was read; the declarations of yauzl call it a boolean. */
const cursorOf = (zip: ZipFile) => Number(zip.readEntryCursor);

interface Span {
  start: number;
  end: number;
}

/**
 * Finds the directory. Readers find it by its offset, by its length or by counting: all must arrive at the same place.
 */
async function directoryOf(zip: ZipFile, reader: WindowReader): Promise<Span> {
  const start = cursorOf(zip);
  const end = reader.size - END - zip.comment.length;
  const length = (await reader.bytes(end + 12, 4)).readUInt32LE();
  if (start + length === end) return { start, end };
  const zip64 = end - ZIP64_END;
  const isZip64 = zip64 > 0 && (await reader.bytes(zip64, 4)).readUInt32LE() === 0x06064b50;
  if (!isZip64 || (await reader.bytes(zip64 + 40, 8)).readBigUInt64LE() !== BigInt(zip64 - start))
    throw unprocessable('the directory of the archive is not where it is declared to be');
  return { start, end: zip64 };
}

/** @param mode of Unix; an archive that was made elsewhere has none. */
function typeOf(mode: number): 'file' | 'folder' | 'link' {
  const type = mode & 0o170000;
  if (type === 0 || type === 0o100000) return 'file';
  return type === 0o040000 ? 'folder' : 'link';
}

/** A second name for an entry, in UTF-8. Some readers use it in place of the name in the header, others ignore it. */
const UNICODE_PATH = 0x7075;

const twoNames = () => unprocessable('the archive has two names for an entry');

/** Checks that each reader takes the same name from the entry: the bytes of its header in the declared encoding. */
function checkName({ fileName, fileNameRaw, extraFields, generalPurposeBitFlag }: Entry): void {
  if (extraFields.some(({ id }) => id === UNICODE_PATH)) throw twoNames();
  if (getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, [], true) !== fileName) throw twoNames();
  const isUtf8 = (generalPurposeBitFlag & 0x800) !== 0;
  // Readers replace, refuse or keep bytes that are not UTF-8; yauzl shows control characters in CP437 as symbols.
  if (isUtf8 ? !Buffer.from(fileName).equals(fileNameRaw) : fileNameRaw.some((byte) => byte < 0x20 || byte === 0x7f))
    throw unprocessable('the archive holds a name that is not accepted');
}

function checkEncoding({ generalPurposeBitFlag, compressionMethod }: Entry): void {
  if ((generalPurposeBitFlag & 1) !== 0) throw unprocessable('the archive is encrypted');
  if (compressionMethod !== 0 && compressionMethod !== 8)
    throw unprocessable('the archive has a compression method that is not accepted');
}

/** Entries that share bytes are how a small archive unpacks to a very large one. */
function checkSpans(spans: Span[], end: number): void {
  spans.sort((a, b) => a.start - b.start);
  const overlaps = spans.some((span, i) => span.end > (spans[i + 1]?.start ?? end));
  if (overlaps) throw unprocessable('the archive has entries that overlap');
}

async function* readEntry(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array, void> {
  const header = await zip.readLocalFileHeaderPromise(entry);
  const hasUnicodePath = parseExtraFields(header.extraField).some(({ id }) => id === UNICODE_PATH);
  if (hasUnicodePath || !header.fileName.equals(entry.fileNameRaw)) throw twoNames();
  let sum = 0;
  // yauzl fails past the size in the directory, so this is bounded.
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    sum = crc32(chunk as Buffer, sum);
    yield chunk as Buffer;
  }
  if (sum !== entry.crc32) throw unprocessable(`${entry.fileName} in the archive is damaged`);
}
