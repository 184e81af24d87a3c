import type { Insertable, Selectable } from 'kysely';
import { childLineage } from '../../lib/lineage.ts';
import type { Db } from '../db/database.ts';
import type { NamespacesTable } from '../db/schema.ts';

export interface NamespaceRow extends Selectable<NamespacesTable> {
  full_path: string;
}

/** Writes a group or personal namespace under its parent. @returns its id and lineage. */
export async function insertNamespace(
  db: Db,
  row: Omit<Insertable<NamespacesTable>, 'lineage'>,
  parentLineage: string | null,
): Promise<{ id: number; lineage: string }> {
  const { id } = await db
    .insertInto('namespaces')
    .values({ ...row, lineage: '' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const lineage = childLineage(parentLineage, id);
  await db.updateTable('namespaces').set({ lineage }).where('id', '=', id).execute();
  return { id, lineage };
}

export const selectNamespaces = (db: Db) =>
  db
    .selectFrom('namespaces as n')
    .innerJoin('routes as r', 'r.namespace_id', 'n.id')
    .selectAll('n')
    .select('r.path as full_path');

export function findNamespace(db: Db, id: number): Promise<NamespaceRow | undefined> {
  return selectNamespaces(db).where('n.id', '=', id).executeTakeFirst();
}

export function findNamespaceByPath(db: Db, pathKey: string): Promise<NamespaceRow | undefined> {
  return selectNamespaces(db).where('r.path_key', '=', pathKey).executeTakeFirst();
}

/** The nearest group or personal namespace that exists on the way down a path; its lineage tells who may know what is not below it. */
export function findNearestNamespace(db: Db, pathKeys: readonly string[]): Promise<NamespaceRow | undefined> {
  if (pathKeys.length === 0) return Promise.resolve(undefined);
  return selectNamespaces(db)
    .where('r.path_key', 'in', pathKeys)
    .orderBy((eb) => eb.fn('length', ['n.lineage']), 'desc')
    .limit(1)
    .executeTakeFirst();
}
