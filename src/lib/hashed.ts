/** A body for someone else to read on, hashed as it goes by: so it is read once, whoever needs a digest of it. */
export async function* hashed(
  body: AsyncIterable<Uint8Array>,
  ...hashers: readonly Bun.CryptoHasher[]
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    for (const hasher of hashers) hasher.update(chunk);
    yield chunk;
  }
}
