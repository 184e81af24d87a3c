import type { Db } from '../db/database.ts';

/** What a full path leads to. `moved`: by a path that it had before. */
export interface RouteTarget {
  namespaceId: number | null;
  projectId: number | null;
  moved: boolean;
}

export const pathKey = (path: string) => path.toLowerCase();

/** What has this path now, or else had it last. */
export async function findRoute(db: Db, path: string): Promise<RouteTarget | undefined> {
  const key = pathKey(path);
  const route = await db.selectFrom('routes').selectAll().where('path_key', '=', key).executeTakeFirst();
  if (route) return { namespaceId: route.namespace_id, projectId: route.project_id, moved: false };
  const old = await db.selectFrom('redirects').selectAll().where('path_key', '=', key).executeTakeFirst();
  return old && { namespaceId: old.namespace_id, projectId: old.project_id, moved: true };
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
