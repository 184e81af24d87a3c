import type { SignInOrigin } from '../domain/audit/sign-ins.ts';
import { type AuthenticationDeps, authenticate } from './authenticate.ts';
import { typedPassword } from './credentials.ts';

/** A password typed by someone who is signed in already: nothing else is taken. */
const PASSWORD_ALONE = { deployTokens: false, passwords: true, exactUsername: false };

/**
 * Asks someone who is signed in for their password again: with the limits, the log and the audit events of a sign-in.
 * @returns null when it is right; else why not, and after how many seconds to try again when it was not looked at.
 */
export function createConfirmPassword(deps: AuthenticationDeps) {
  return async (username: string, password: string, from: SignInOrigin) => {
    const answer = await authenticate(deps, typedPassword(username, password), PASSWORD_ALONE, from);
    if (answer.ok) return null;
    const { message, retryAfterSeconds } = answer;
    return { message: retryAfterSeconds > 0 ? message : 'The password is wrong', retryAfterSeconds };
  };
}
