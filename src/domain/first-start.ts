import { randomBase62 } from '../lib/base62.ts';
import { Secret } from '../lib/secret.ts';
import { inTransaction } from '../store/db/database.ts';
import { hasUsers } from '../store/tables/users.ts';
import { BY_SYSTEM } from './access/confirm.ts';
import { createAudit } from './audit/audit.ts';
import type { Deps } from './deps.ts';
import { createPersonalTokens } from './personal-tokens/personal-tokens.ts';
import { createUsers } from './users/users.ts';

/** The administrator's password and token at the first start; null for a generated password. */
export interface FirstStart {
  rootPassword: Secret | null;
  rootToken: Secret | null;
}

/**
 * Makes the administrator `root`, with the token it is given, when there is no user yet. All of it or nothing: a start
 * that is cut off makes it again.
 * @param host for the administrator's e-mail address.
 * @param tell receives the generated password before it takes effect: the last one reported is valid.
 */
export async function firstStart(
  deps: Deps,
  given: FirstStart,
  host: string,
  tell: (password: Secret) => void,
): Promise<void> {
  if (await hasUsers(deps.db)) return;
  try {
    await inTransaction(deps.db, (trx) => makeRoot({ ...deps, db: trx }, given, host, tell));
  } catch (error) {
    // Of several servers that start at once on one database, one makes it.
    if (!(await hasUsers(deps.db))) throw error;
  }
}

async function makeRoot(deps: Deps, given: FirstStart, host: string, tell: (password: Secret) => void): Promise<void> {
  if (await hasUsers(deps.db)) return;
  const audit = createAudit(deps);
  const password = given.rootPassword ?? new Secret(randomBase62(20));
  const root = await createUsers(deps, audit).create(
    { username: 'root', name: 'Administrator', email: `root@${host}`, password: password.reveal(), admin: true },
    BY_SYSTEM,
  );
  if (given.rootToken) {
    await createPersonalTokens(deps, audit).create(
      root,
      {
        name: 'root token',
        scopes: ['api', 'write_repository', 'read_registry', 'write_registry'],
        secret: given.rootToken,
      },
      BY_SYSTEM,
    );
  }
  if (!given.rootPassword) tell(password);
}
