import { notFound } from '../../lib/errors.ts';
import type { Db } from '../../store/db/database.ts';
import { findNamespace, type NamespaceRow } from '../../store/tables/namespaces.ts';

/** A group as the audit log names it. */
export const groupEntity = (group: NamespaceRow) => ({ kind: 'Group', id: group.id, path: group.full_path }) as const;

/**
 * A group or personal namespace as it is now, under the lock of the transaction: what the request found it to be may be
 * moved or gone. @throws PosternError not_found.
 */
export async function reread(trx: Db, { id }: { id: number }): Promise<NamespaceRow> {
  const row = await findNamespace(trx, id);
  if (!row) throw notFound('group');
  return row;
}
