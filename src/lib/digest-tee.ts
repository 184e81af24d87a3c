import { hashed } from './hashed.ts';

export type DigestName = 'md5' | 'sha1' | 'sha512';
export type Digests = Record<DigestName, string | null>;

/**
 * Hashes a body while it is read, so that it is read once for all its digests.
 * @returns the body to read; and its digests in hex, to be called after its end.
 */
export function teeDigests(body: AsyncIterable<Uint8Array>, names: readonly DigestName[]) {
  const hashers = names.map((name) => [name, new Bun.CryptoHasher(name)] as const);
  const digests = (): Digests => {
    const all: Digests = { md5: null, sha1: null, sha512: null };
    for (const [name, hasher] of hashers) all[name] = hasher.digest('hex');
    return all;
  };
  return { body: hashed(body, ...hashers.map(([, hasher]) => hasher)), digests };
}
