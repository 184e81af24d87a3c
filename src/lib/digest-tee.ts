export type DigestName = 'md5' | 'sha1' | 'sha512';
export type Digests = Record<DigestName, string | null>;

/**
 * Hashes a body while someone else reads it, so that it is read once for all its digests.
 * @returns the body to read on, and what its digests turned out to be, in hex: to be asked when it has been read to its end.
 */
export function teeDigests(body: AsyncIterable<Uint8Array>, names: readonly DigestName[]) {
  const hashers = names.map((name) => [name, new Bun.CryptoHasher(name)] as const);
  async function* through(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      for (const [, hasher] of hashers) hasher.update(chunk);
      yield chunk;
    }
  }
  const digests = (): Digests => ({
    ...{ md5: null, sha1: null, sha512: null },
    ...Object.fromEntries(hashers.map(([name, hasher]) => [name, hasher.digest('hex')])),
  });
  return { body: through(), digests };
}
