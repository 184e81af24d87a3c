/** Up to so much is held. */
const SMALL_BYTES = 64 * 1024;

/**
 * Keeps what is small in memory while someone else reads it, so that it need not be read back from where it is stored.
 * @returns the body to read on, and the whole of it: to be asked when it has been read to its end. Null: it was not
 * small.
 */
export function bufferSmall(body: AsyncIterable<Uint8Array>) {
  const held: Uint8Array[] = [];
  let size = 0;
  async function* through(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      size += chunk.byteLength;
      if (size <= SMALL_BYTES) held.push(chunk);
      else held.length = 0;
      yield chunk;
    }
  }
  return {
    body: through(),
    whole: (): Uint8Array<ArrayBuffer> | null => (size > SMALL_BYTES ? null : Buffer.concat(held)),
  };
}
