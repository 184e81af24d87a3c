import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { BlobColumn } from './blob-column.ts';

export interface LfsObjectRow {
  oid: string;
  size: number;
}

/** See `BLOB_COLUMNS`. */
export const lfsObjectColumn: BlobColumn = {
  store: 'files',
  table: 'lfs_objects',
  column: 'oid',
  counted: { kind: 'lfs', size: 'size' },
  links: { table: 'lfs_links', on: 'oid' },
  project: { joins: sql``, id: sql.ref('r.project_id') },
};

/** Those of the objects that are linked to the project. */
export function findLinkedObjects(db: Db, projectId: number, oids: readonly string[]): Promise<LfsObjectRow[]> {
  if (oids.length === 0) return Promise.resolve([]);
  return db
    .selectFrom('lfs_links as l')
    .innerJoin('lfs_objects as o', 'o.oid', 'l.oid')
    .select(['o.oid', 'o.size'])
    .where('l.project_id', '=', projectId)
    .where('l.oid', 'in', oids)
    .execute();
}

/** Writes an object and its link to a project; what is there already stays as it is. */
export async function linkObject(db: Db, projectId: number, object: LfsObjectRow, now: number): Promise<void> {
  await db
    .insertInto('lfs_objects')
    .values({ ...object, created_at: now })
    .onConflict((conflict) => conflict.column('oid').doNothing())
    .execute();
  await db
    .insertInto('lfs_links')
    .values({ project_id: projectId, oid: object.oid, created_at: now })
    .onConflict((conflict) => conflict.columns(['project_id', 'oid']).doNothing())
    .execute();
}

export interface LfsLockRow {
  id: number;
  path: string;
  ref: string | null;
  user_id: number;
  username: string;
  created_at: number;
}

export interface LfsLockFilter {
  id?: number | undefined;
  path?: string | undefined;
  /** Locks with a higher id. */
  after?: number | undefined;
  limit?: number | undefined;
}

/** In the order of their ids. */
export function findLocks(db: Db, projectId: number, filter: LfsLockFilter): Promise<LfsLockRow[]> {
  const { id, path, after, limit } = filter;
  let query = db
    .selectFrom('lfs_locks as l')
    .innerJoin('users as u', 'u.id', 'l.user_id')
    .select(['l.id', 'l.path', 'l.ref', 'l.user_id', 'u.username', 'l.created_at'])
    .where('l.project_id', '=', projectId)
    .orderBy('l.id');
  if (id !== undefined) query = query.where('l.id', '=', id);
  if (path !== undefined) query = query.where('l.path', '=', path);
  if (after !== undefined) query = query.where('l.id', '>', after);
  if (limit !== undefined) query = query.limit(limit);
  return query.execute();
}

/** @throws a duplicate error when the path is locked. */
export async function insertLock(
  db: Db,
  lock: { project_id: number; path: string; ref: string | null; user_id: number; created_at: number },
): Promise<void> {
  await db.insertInto('lfs_locks').values(lock).execute();
}

/** @returns whether it was there. */
export async function deleteLock(db: Db, projectId: number, id: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('lfs_locks')
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}
