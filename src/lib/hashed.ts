/** A body that is hashed while it is read. */
export async function* hashed(
  body: AsyncIterable<Uint8Array>,
  ...hashers: readonly Bun.CryptoHasher[]
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    for (const hasher of hashers) hasher.update(chunk);
    yield chunk;
  }
}
