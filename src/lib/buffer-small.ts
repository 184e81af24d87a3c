/** Largest buffered body, in bytes. */
const SMALL_BYTES = 64 * 1024;

/**
 * Buffers a small body while it is read, so that it need not be read back from the store.
 * @returns the body to read, and its contents, to be called after its end; null for a body that was not small.
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
