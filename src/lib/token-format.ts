import { randomBase62, toBase62 } from './base62.ts';
import { Secret } from './secret.ts';

/**
 * The secrets of this server: a prefix that secret scanners know, 30 random base62 characters (178 bits), and a
 * checksum of 6. NEVER CHANGE A PREFIX: issued secrets keep theirs, and scanners look for it.
 */
export type TokenPrefix = 'gldt-' | 'glpat-';

/** A text, classified by its form. */
export interface InspectedToken {
  text: string;
  /** Null: it has none of these prefixes, or is the token of root. */
  prefix: TokenPrefix | null;
  /** Whether length, characters and checksum are right. */
  wellFormed: boolean;
}

const RANDOM_LENGTH = 30;
const CHECKSUM_LENGTH = 6;

export function generateToken(prefix: TokenPrefix): Secret {
  const random = randomBase62(RANDOM_LENGTH);
  return new Secret(`${prefix}${random}${checksum(random)}`);
}

/**
 * Classifies a text by its form: a secret of this server, a mistyped or guessed one with its prefix, or another text. A
 * malformed secret is refused without a query.
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
 * CRC32 of the random part, in base62: 62^6 is more than 2^32. It finds typing errors and simple guesses; it is no
 * protection.
 */
function checksum(random: string): string {
  return toBase62(Bun.hash.crc32(random), CHECKSUM_LENGTH);
}
