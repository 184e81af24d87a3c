import { conflict, notFound } from '../../lib/errors.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import { lockAdministrators } from '../../store/db/locks.ts';
import { deleteSessionsOf } from '../../store/tables/sessions.ts';
import * as table from '../../store/tables/users.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit, AuditRecord } from '../audit/audit.ts';

/** Administrator rights and blocking of users. */
export function createUserStatus(db: Db, audit: Audit) {
  return {
    /**
     * Shuts a user out, or lets them in again; their tokens stay, and work as long as they are not blocked. Deploy
     * tokens that they made are not theirs and go on working.
     * @returns whether that changed anything.
     * @throws PosternError conflict for the last administrator.
     */
    setBlocked: (id: number, blocked: boolean, { author: by, confirm }: Authorised): Promise<boolean> =>
      inTransaction(db, async (trx) => {
        await lockAdministrators(trx);
        await confirm(trx);
        const row = await loadUser(trx, id);
        if ((row.blocked === 1) === blocked) return false;
        if (blocked) await keepOneAdministrator(trx, row, 'blocked');
        await table.updateUser(trx, id, { blocked: blocked ? 1 : 0 });
        if (blocked) await deleteSessionsOf(trx, id);
        await audit.record({ action: blocked ? 'user_blocked' : 'user_unblocked', by, ...subjectOf(row) }, trx);
        return true;
      }),

    /**
     * Makes a user an administrator, or takes that from them. It holds from their next request on.
     * @returns whether that changed anything.
     * @throws PosternError conflict for the last administrator.
     */
    setAdmin: (id: number, admin: boolean, { author: by, confirm }: Authorised): Promise<boolean> =>
      inTransaction(db, async (trx) => {
        await lockAdministrators(trx);
        await confirm(trx);
        const row = await loadUser(trx, id);
        if ((row.admin === 1) === admin) return false;
        if (!admin) await keepOneAdministrator(trx, row, 'demoted');
        await table.updateUser(trx, id, { admin: admin ? 1 : 0 });
        await audit.record({ action: admin ? 'user_made_admin' : 'user_unmade_admin', by, ...subjectOf(row) }, trx);
        return true;
      }),
  };
}

/** @throws PosternError not_found. */
export async function loadUser(db: Db, id: number): Promise<table.UserRow> {
  const row = await table.findUser(db, id);
  if (!row) throw notFound('user');
  return row;
}

/** A server without an administrator could be repaired only on the command line. */
async function keepOneAdministrator(trx: Db, { id, admin, username }: table.UserRow, what: string): Promise<void> {
  if (admin === 1 && !(await table.hasOtherAdministrator(trx, id)))
    throw conflict(`${username} is the last administrator and can't be ${what}`);
}

export const subjectOf = ({ id, username }: table.UserRow): Pick<AuditRecord, 'entity' | 'target'> => ({
  entity: { kind: 'User', id, path: username },
  target: { kind: 'User', id, name: username },
});
