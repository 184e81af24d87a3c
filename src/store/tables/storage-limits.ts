import type { Selectable } from 'kysely';
import type { Db } from '../db/database.ts';
import { prepared } from '../db/prepared.ts';
import type { StorageLimitsTable } from '../db/storage-schema.ts';

export type StorageLimitRow = Selectable<StorageLimitsTable>;

/** The owner of a limit. */
export type StorageOwner = { project_id: number; namespace_id: null } | { project_id: null; namespace_id: number };

/** One for each depth of groups. */
const byDepth = new Map<number, ReturnType<typeof prepareByDepth>>();

const prepareByDepth = (depth: number) =>
  prepared<StorageLimitRow, number[]>(
    (db, projectId, ...namespaceIds) =>
      db
        .selectFrom('storage_limits')
        .selectAll()
        .where((eb) => eb.or([eb('project_id', '=', projectId ?? 0), eb('namespace_id', 'in', namespaceIds)]))
        .orderBy('id'),
    depth + 1,
  );

/**
 * The limits of a project and of the namespaces above it, in the order in which they are to be locked. Every upload
 * asks.
 */
export async function findLimitsOver(
  db: Db,
  projectId: number,
  namespaceIds: readonly number[],
): Promise<StorageLimitRow[]> {
  let query = byDepth.get(namespaceIds.length);
  if (!query) {
    query = prepareByDepth(namespaceIds.length);
    byDepth.set(namespaceIds.length, query);
  }
  return query(db, projectId, ...namespaceIds);
}

export function findLimit(db: Db, owner: StorageOwner): Promise<StorageLimitRow | undefined> {
  const query = db.selectFrom('storage_limits').selectAll();
  return (
    owner.project_id === null
      ? query.where('namespace_id', '=', owner.namespace_id)
      : query.where('project_id', '=', owner.project_id)
  ).executeTakeFirst();
}

export function findLimitById(db: Db, id: number): Promise<StorageLimitRow | undefined> {
  return db.selectFrom('storage_limits').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function writeLimit(db: Db, owner: StorageOwner, maxBytes: number): Promise<void> {
  await db
    .insertInto('storage_limits')
    .values({ ...owner, max_bytes: maxBytes, used_bytes: 0 })
    .onConflict((c) =>
      c.column(owner.project_id === null ? 'namespace_id' : 'project_id').doUpdateSet({ max_bytes: maxBytes }),
    )
    .execute();
}

export async function deleteLimit(db: Db, id: number): Promise<void> {
  await db.deleteFrom('storage_limits').where('id', '=', id).execute();
}

/**
 * Adds to the used bytes if the limit allows it; other transactions that add to them wait for the end of this one.
 * @returns whether there was.
 */
export async function addUsed(db: Db, id: number, bytes: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('storage_limits')
    .set((eb) => ({ used_bytes: eb('used_bytes', '+', bytes) }))
    .where('id', '=', id)
    .where((eb) => eb(eb('used_bytes', '+', bytes), '<=', eb.ref('max_bytes')))
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/**
 * Keeps others from adding until the transaction ends. @returns the limit as it is then, or undefined when it is gone.
 */
export function lockLimit(db: Db, id: number): Promise<StorageLimitRow | undefined> {
  return db
    .updateTable('storage_limits')
    .set((eb) => ({ used_bytes: eb.ref('used_bytes') }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
}

export async function writeUsed(db: Db, id: number, bytes: number): Promise<void> {
  await db.updateTable('storage_limits').set({ used_bytes: bytes }).where('id', '=', id).execute();
}
