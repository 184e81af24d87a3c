import { PosternError, unprocessable } from '../errors.ts';
import type { StoredBytes } from '../stored-bytes.ts';

/** Bytes that are read once, from the first to the last: of a stored file, or of an entry of another archive. */
export type Streamed = Pick<StoredBytes, 'size'> & { stream(): AsyncIterable<Uint8Array> };

/** An entry of an archive. Read it at most once, to its end, and before the next entry is asked for. */
export interface ArchiveEntry {
  name: string;
  type: 'file' | 'folder' | 'link';
  /** In bytes, unpacked. */
  size: number;
  stream(): AsyncIterable<Uint8Array>;
}

/**
 * Reads some files of an archive, and checks all of it.
 * @param wanted is called with the name and the unpacked size of each file, in bytes. It returns the largest size that
 * is accepted; 0: the file is not read.
 * @returns the contents by name. Where two entries have one name, which only a tar may have, those of the last.
 * @throws PosternError `unprocessable` when an entry is larger or a link, and what `wanted` throws.
 */
export async function readFiles(
  entries: AsyncIterable<ArchiveEntry>,
  wanted: (name: string, size: number) => number,
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for await (const entry of entries) {
    const max = entry.type === 'folder' ? 0 : wanted(entry.name, entry.size);
    if (max > 0 && entry.type === 'link') throw unprocessable(`${entry.name} in the archive is a link`);
    if (max > 0) files.set(entry.name, await readEntry(entry, max));
  }
  return files;
}

/** @throws PosternError `unprocessable` when the entry is larger than `max` bytes. */
export async function readEntry(entry: ArchiveEntry, max: number): Promise<Buffer> {
  if (entry.size > max) throw unprocessable(`${entry.name} in the archive is larger than ${max} bytes`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry.stream()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * Tells errors of an archive from errors of the place where it is stored.
 * @returns the bytes to parse; and what an error while parsing means: an error of ours or of the store stays as it is,
 * any other is `message`.
 */
export function watchSource(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, message: string) {
  let failure: { error: unknown } | undefined;
  async function* bytes(): AsyncGenerator<Uint8Array, void> {
    try {
      yield* source;
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  const explain = (error: unknown): unknown => {
    if (failure) return failure.error;
    return error instanceof PosternError ? error : unprocessable(message);
  };
  return { bytes: bytes(), explain };
}

/** The same bytes; their errors are what `explain` makes of them. */
export async function* explained(
  bytes: AsyncIterable<Uint8Array>,
  explain: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* bytes;
  } catch (error) {
    throw explain(error);
  }
}
