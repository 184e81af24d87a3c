import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import { startsWith } from './conditions.ts';

export const pathKey = (path: string) => path.toLowerCase();

/** The full path that something has now. */
export async function findPathOf(
  db: Db,
  { namespace_id, project_id }: { namespace_id: number | null; project_id: number | null },
): Promise<string | undefined> {
  const row = await db
    .selectFrom('routes')
    .select('path')
    .where((eb) => (project_id === null ? eb('namespace_id', '=', namespace_id) : eb('project_id', '=', project_id)))
    .executeTakeFirst();
  return row?.path;
}

/** The full paths of today of these groups or projects, by id. */
export async function pathsOf(
  db: Db,
  column: 'namespace_id' | 'project_id',
  ids: readonly number[],
): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('routes').select([column, 'path']).where(column, 'in', ids).execute();
  return new Map(rows.map((row) => [Number(row[column]), row.path]));
}

type Target = { namespace_id: number } | { project_id: number };

/** Gives a path to a new group or project; a redirect from it ends. @throws a duplicate error when it is taken. */
export async function insertRoute(db: Db, path: string, target: Target): Promise<void> {
  await db.deleteFrom('redirects').where('path_key', '=', pathKey(path)).execute();
  await db
    .insertInto('routes')
    .values({ path_key: pathKey(path), path, namespace_id: null, project_id: null, ...target })
    .execute();
}

/** The owners of this path and of the paths below it. */
const at = (key: string) => sql<boolean>`(path_key = ${key} or ${startsWith('path_key', `${key}/`)})`;

/**
 * Moves a path and all paths below it, in one statement whatever their number, and leaves redirects where they were.
 * Redirects from the new paths end. @throws a duplicate error when one of them is taken.
 */
export async function moveRoutes(db: Db, from: string, to: string): Promise<void> {
  const fromKey = pathKey(from);
  const toKey = pathKey(to);
  await db
    .insertInto('redirects')
    .columns(['path_key', 'namespace_id', 'project_id'])
    .expression(db.selectFrom('routes').select(['path_key', 'namespace_id', 'project_id']).where(at(fromKey)))
    .execute();
  const rest = from.length + 1;
  await db
    .updateTable('routes')
    .set({
      path: sql<string>`${to} || substr(path, ${rest})`,
      path_key: sql<string>`${toKey} || substr(path_key, ${rest})`,
    })
    .where(at(fromKey))
    .execute();
  await db
    .deleteFrom('redirects')
    .where('path_key', 'in', db.selectFrom('routes').select('path_key').where(at(toKey)))
    .execute();
}
