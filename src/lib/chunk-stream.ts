const FIRST_BYTES = 64 * 1024;

/**
 * Cuts a body into chunks of one size; the last one may be shorter, and an empty body has none. When the body fails,
 * the bytes read so far are returned before the error.
 * @param size in bytes.
 * @param begun the start of the first chunk, shorter than a chunk.
 */
export async function* chunkStream(
  body: AsyncIterable<Uint8Array>,
  size: number,
  begun: Uint8Array = new Uint8Array(0),
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let part = new Uint8Array(Math.min(size, Math.max(FIRST_BYTES, begun.byteLength)));
  part.set(begun);
  let filled = begun.byteLength;
  let failure: { error: unknown } | undefined;
  try {
    for await (const chunk of body) {
      for (let taken = 0; taken < chunk.byteLength; ) {
        const piece = chunk.subarray(taken, taken + size - filled);
        part = withCapacity(part, filled + piece.byteLength, size);
        part.set(piece, filled);
        filled += piece.byteLength;
        taken += piece.byteLength;
        if (filled < size) continue;
        yield part;
        part = new Uint8Array(size);
        filled = 0;
      }
    }
  } catch (error) {
    failure = { error };
  }
  if (filled > 0) yield part.subarray(0, filled);
  if (failure) throw failure.error;
}

/** Grows the buffer in steps: a small body must not take a large buffer. */
function withCapacity(part: Uint8Array<ArrayBuffer>, needed: number, most: number): Uint8Array<ArrayBuffer> {
  if (needed <= part.byteLength) return part;
  const larger = new Uint8Array(Math.min(most, Math.max(needed, 4 * part.byteLength)));
  larger.set(part);
  return larger;
}
