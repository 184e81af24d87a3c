import { randomBase62, toBase62 } from './base62.ts';
import { Secret } from './secret.ts';

/**
 * Our secrets: a prefix that secret scanners know, 30 random base62 characters (178 bits), and 6 of checksum.
 * NEVER CHANGE A PREFIX: the secrets out there keep theirs, and scanners look for it.
 */
export type TokenPrefix = 'gldt-' | 'glpat-';

/** A text with what it is by its looks alone. */
export interface InspectedToken {
  text: string;
  /** Null: not one of ours, or the token of root. */
  prefix: TokenPrefix | null;
  /** Whether its length, letters and checksum are right. */
  wellFormed: boolean;
}

const RANDOM_LENGTH = 30;
const CHECKSUM_LENGTH = 6;

export function generateToken(prefix: TokenPrefix): Secret {
  const random = randomBase62(RANDOM_LENGTH);
  return new Secret(`${prefix}${random}${checksum(random)}`);
}

/**
 * What a text is by its looks alone: ours, a mistyped or guessed one with our prefix, or something else.
 * A malformed one is refused before any query.
 */
export function inspectToken(text: string): InspectedToken {
  const prefix = text.startsWith('gldt-') ? 'gldt-' : text.startsWith('glpat-') ? 'glpat-' : null;
  if (!prefix) return { text, prefix, wellFormed: false };
  const body = text.slice(prefix.length);
  const random = body.slice(0, RANDOM_LENGTH);
  const wellFormed = /^[0-9A-Za-z]{36}$/.test(body) && body.slice(RANDOM_LENGTH) === checksum(random);
  return { text, prefix, wellFormed };
}

/**
 * CRC32 of the random part, in base62: 62^6 is more than 2^32. It finds typing errors and idle guesses; it is no
 * protection.
 */
function checksum(random: string): string {
  return toBase62(Bun.hash.crc32(random), CHECKSUM_LENGTH);
}
