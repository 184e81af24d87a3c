import { sha256Hex } from '../../lib/digest.ts';
import { inField, ruleBroken } from '../../lib/errors.ts';
import { inspectToken } from '../../lib/token-format.ts';

/**
 * argon2id at OWASP's second recommendation: 19 MiB and two passes keep a sign-in near 30 ms and the memory bounded.
 */
const ARGON2ID = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const;

export function hashPassword(password: string): Promise<string> {
  return Bun.password.hash(password, ARGON2ID);
}

/** A hash of nothing anyone knows, so that an unknown user costs as long as a wrong password. */
let decoy: Promise<string> | undefined;

/** @param hash null when there is no such user or they have no password: takes as long, and is false. */
export async function verifyPassword(password: string, hash: string | null): Promise<boolean> {
  if (password.length > 1024) return false;
  if (hash !== null) return Bun.password.verify(password, hash);
  decoy ??= hashPassword(crypto.randomUUID());
  await Bun.password.verify(password, await decoy);
  return false;
}

/**
 * A mark of a password by its hash, which another password does not have. The salt in the hash keeps the mark from
 * telling anything about the password.
 */
export const passwordMark = (hash: string): string => sha256Hex(hash).slice(0, 16);

/** @throws PosternError a sentence saying what is wrong with it. */
export function checkNewPassword(password: string): void {
  if (password.length < 8) throw inField('password', ruleBroken('Password is too short (minimum is 8 characters)'));
  if (password.length > 128) throw inField('password', ruleBroken('Password is too long (maximum is 128 characters)'));
  // A password in the form of a token would be looked up as a token and never verified as a password.
  if (inspectToken(password).prefix !== null)
    throw inField('password', ruleBroken('Password cannot start like a token (gldt-, glpat-)'));
}
