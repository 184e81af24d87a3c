import { sql } from 'kysely';
import type { Db } from './database.ts';
import { isPostgres } from './migrations/columns.ts';

/** Any number that no other advisory lock has; it spells "Tree". */
const HIERARCHY = 0x5472_6565;

/**
 * Holds the tree of groups still until the transaction ends. `shared` for what is put into it: many at once, none while
 * something moves. `exclusive` for what moves or removes a part of it, or rests on nobody else doing so meanwhile.
 * SQLite has one writer at a time anyway.
 */
export async function lockHierarchy(trx: Db, how: 'shared' | 'exclusive'): Promise<void> {
  if (!trx.isTransaction) throw new Error('a lock of the hierarchy outside a transaction would end at once');
  if (!isPostgres(trx)) return;
  await (how === 'shared'
    ? sql`select pg_advisory_xact_lock_shared(${HIERARCHY})`
    : sql`select pg_advisory_xact_lock(${HIERARCHY})`
  ).execute(trx);
}
