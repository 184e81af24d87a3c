import { ruleBroken } from '../../lib/errors.ts';

export type DigestAlgorithm = 'sha256' | 'sha512';

export interface Digest {
  algorithm: DigestAlgorithm;
  hex: string;
  /** As it is written: `sha256:` and 64 lower-case hex digits. */
  text: string;
}

const HEX_LENGTH: Record<DigestAlgorithm, number> = { sha256: 64, sha512: 128 };

/** Null for what is no digest of the two algorithms that the specification registers. OCI image-spec, "Digests". */
export function parseDigest(text: string): Digest | null {
  const match = /^(sha256|sha512):([0-9a-f]+)$/.exec(text);
  const algorithm = match?.[1] as DigestAlgorithm | undefined;
  const hex = match?.[2];
  if (algorithm === undefined || hex?.length !== HEX_LENGTH[algorithm]) return null;
  return { algorithm, hex, text };
}

/** @throws PosternError invalid, about `digest`. */
export function toDigest(text: string | null): Digest {
  const digest = text === null ? null : parseDigest(text);
  if (digest) return digest;
  throw ruleBroken(
    text === null
      ? 'The parameter digest is missing.'
      : 'A digest is sha256: with 64, or sha512: with 128 lower-case hex digits.',
    'digest',
  );
}

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm): string {
  return `${algorithm}:${new Bun.CryptoHasher(algorithm).update(bytes).digest('hex')}`;
}

/** A tag can never look like this: it has no colon. */
export const looksLikeDigest = (reference: string) => reference.includes(':');
