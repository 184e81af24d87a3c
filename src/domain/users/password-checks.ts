import type { Clock } from '../../lib/clock.ts';
import type { Db } from '../../store/db/database.ts';
import { findUser, findUserByLogin } from '../../store/tables/users.ts';
import { createKnownPasswords } from './known-passwords.ts';
import { passwordMark, verifyPassword } from './passwords.ts';
import { toUser, type User } from './user.ts';

export type PasswordCheck =
  /** `mark` is of the password, see `passwordMark`. */
  | { outcome: 'ok' | 'blocked'; user: User; mark: string }
  /** `user` is for the audit log: the caller must not learn whether the user exists. */
  | { outcome: 'wrong' | NotTried; user: User | null };

/** Why a password was not looked at: too many failures, or too many at once. */
export type NotTried = 'not_tried' | 'busy';

/**
 * Runs the slow part of a check when its turn comes, or says why not.
 * @param user the user that the login names; null: there is none. The caller must not learn which.
 */
export type Admit = (verify: () => Promise<boolean>, user: User | null) => Promise<boolean | NotTried>;

/** Checks passwords, and whether a user still has the password that was right before. */
export function createPasswordChecks(db: Db, clock: Clock) {
  const known = createKnownPasswords(clock);

  return {
    /**
     * Takes as long for an unknown user as for a wrong password.
     * @param admit lets the slow hash run or not. A password that is known to be right passes without it.
     */
    async checkPassword(login: string, password: string, admit: Admit): Promise<PasswordCheck> {
      const row = await findUserByLogin(db, login);
      const user = row ? toUser(row) : null;
      const hash = row?.password_hash ?? null;
      const remembered = hash !== null && known.has(hash, password);
      const right = remembered || (await admit(() => verifyPassword(password, hash), user));
      if (right !== true) return { outcome: right || 'wrong', user };
      if (!user || hash === null) return { outcome: 'wrong', user };
      known.add(hash, password);
      return { outcome: user.blocked ? 'blocked' : 'ok', user, mark: passwordMark(hash) };
    },

    /**
     * The user, while their password is the one of this mark. @returns undefined: they have another one, or are gone.
     */
    async findByPasswordMark(id: number, mark: string, trx = db): Promise<User | undefined> {
      const row = await findUser(trx, id);
      return row?.password_hash && passwordMark(row.password_hash) === mark ? toUser(row) : undefined;
    },
  };
}
