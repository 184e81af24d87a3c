import type { FileHandle } from 'node:fs/promises';

/**
 * So much is written at once: a network brings a body in pieces so small that handing each over would cost more than
 * writing it.
 */
const PIECE_BYTES = 1024 ** 2;
/** More than a thousand buffers no system takes in one call. */
const PIECE_CHUNKS = 512;

/**
 * Appends a body to a file and reads ahead: the next chunk is read, and hashed, while the one before is written. When
 * the body breaks off, all bytes that arrived are written before this rejects; after a failed write nothing more is
 * written. A chunk must not be changed after it was handed over.
 * @param wrote called with the number of bytes that were added to the file.
 * @returns how many bytes were written.
 */
export async function writeBody(
  file: FileHandle,
  body: AsyncIterable<Uint8Array>,
  wrote?: (bytes: number) => void,
): Promise<number> {
  let total = 0;
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  let failure: { error: unknown } | undefined;
  let writing = Promise.resolve();

  const settled = async () => {
    await writing;
    if (failure) throw failure.error;
  };
  const flush = async () => {
    await settled();
    const chunks = gathered;
    const size = bytes;
    [gathered, bytes] = [[], 0];
    writing = writeAll(file, chunks).then(
      () => {
        total += size;
        wrote?.(size);
      },
      (error: unknown) => {
        failure = { error };
      },
    );
  };

  try {
    for await (const chunk of body) {
      gathered.push(chunk);
      bytes += chunk.byteLength;
      if (bytes >= PIECE_BYTES || gathered.length >= PIECE_CHUNKS) await flush();
    }
  } finally {
    if (gathered.length > 0) await flush();
    await settled();
  }
  return total;
}

/** The system may take less at once than it is given. */
async function writeAll(file: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
  let rest = chunks.filter((chunk) => chunk.byteLength > 0);
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest);
    rest = behind(rest, bytesWritten);
  }
}

/** The rest of some chunks after the first `bytes`. */
function behind(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  return chunks.flatMap((chunk) => {
    const skipped = Math.min(skip, chunk.byteLength);
    skip -= skipped;
    return skipped === chunk.byteLength ? [] : [chunk.subarray(skipped)];
  });
}
