import { type Insertable, type Selectable, sql, type Updateable } from 'kysely';
import { type MaybePromise, thenMaybe } from '../../lib/maybe-promise.ts';
import type { Db } from '../db/database.ts';
import { prepared, preparedOne } from '../db/prepared.ts';
import type { NamespacesTable, ProjectsTable, Visibility } from '../db/schema.ts';
import { contains, holdsProject, levelsOf, startsWith, type VisibilityFilter, visibleTo } from './conditions.ts';
import { type Page, type PageRequest, paginate } from './page.ts';

/** A project with what its namespace and its route add to it. */
export interface ProjectRow extends Selectable<ProjectsTable> {
  full_path: string;
  /** The lineage of the namespace it is in. */
  lineage: string;
  namespace_kind: NamespacesTable['kind'];
  namespace_owner_id: number | null;
  namespace_parent_id: number | null;
  namespace_name: string;
  namespace_path: string;
}

/** A project as someone sees it. */
export interface SeenProjectRow extends ProjectRow {
  /** The visibilityFilter's role in the project itself, and the highest in the groups that it is in. */
  project_level: number | null;
  group_level: number | null;
}

export async function insertProject(db: Db, row: Insertable<ProjectsTable>): Promise<number> {
  const { id } = await db.insertInto('projects').values(row).returning('id').executeTakeFirstOrThrow();
  return id;
}

const selectProjects = (db: Db) =>
  db
    .selectFrom('projects as p')
    .innerJoin('namespaces as n', 'n.id', 'p.namespace_id')
    .innerJoin('routes as r', 'r.project_id', 'p.id')
    .selectAll('p')
    .select([
      'r.path as full_path',
      'n.lineage as lineage',
      'n.kind as namespace_kind',
      'n.owner_id as namespace_owner_id',
      'n.parent_id as namespace_parent_id',
      'n.name as namespace_name',
      'n.path as namespace_path',
    ]);

const selectSeenProjects = (db: Db, visibilityFilter: VisibilityFilter) => {
  const levels = levelsOf(visibilityFilter);
  return selectProjects(db).select([levels.project.as('project_level'), levels.group.as('group_level')]);
};

export const findProject = preparedOne<ProjectRow, [number]>((db, id) => selectProjects(db).where('p.id', '=', id));

/** The projects of some ids, in no order. */
export const findProjects = (db: Db, ids: readonly number[]): Promise<ProjectRow[]> =>
  selectProjects(db).where('p.id', 'in', ids).execute();

/** Of several paths the longest that is a project's. */
export function findProjectByPaths(db: Db, pathKeys: readonly string[]): MaybePromise<ProjectRow | undefined> {
  if (pathKeys.length === 0) return undefined;
  let query = byPaths.get(pathKeys.length);
  if (!query) {
    query = prepareByPaths(pathKeys.length);
    byPaths.set(pathKeys.length, query);
  }
  return thenMaybe(query(db, ...pathKeys), longest);
}

/** Nothing is below a project, so there is one at most; to let SQLite sort it costs half as much as to find it. */
const longest = (found: ProjectRow[]): ProjectRow | undefined =>
  found.length > 1 ? found.toSorted((a, b) => b.full_path.length - a.full_path.length)[0] : found[0];

type ByPaths = (db: Db, ...pathKeys: string[]) => MaybePromise<ProjectRow[]>;

/** One for each number of paths: there are as many as names of projects are deep. */
const byPaths = new Map<number, ByPaths>();

/**
 * Joined with the paths, not looked for `in` them: SQLite makes a table of such a list, which costs it as much as to
 * find the project.
 */
const prepareByPaths = (count: number): ByPaths =>
  prepared<ProjectRow, string[]>((db, ...pathKeys) => {
    const values = sql.join(pathKeys.map((pathKey) => sql`(${pathKey})`));
    const asked = sql<{ column1: string }>`(values ${values})`.as('asked');
    return selectProjects(db).innerJoin(asked, 'asked.column1', 'r.path_key');
  }, count);

/** By its present path. */
export const findProjectByPath = preparedOne<ProjectRow>((db, pathKey) =>
  selectProjects(db).where('r.path_key', '=', pathKey),
);

/** By a path that it had before. A path that is in use has no redirect. */
export const findProjectByRedirect = preparedOne<ProjectRow>((db, pathKey) =>
  selectProjects(db).innerJoin('redirects as d', 'd.project_id', 'p.id').where('d.path_key', '=', pathKey),
);

/** With the visibilityFilter's roles; whether they may see it is not asked here. */
export function findSeenProject(
  db: Db,
  visibilityFilter: VisibilityFilter,
  id: number,
): Promise<SeenProjectRow | undefined> {
  return selectSeenProjects(db, visibilityFilter).where('p.id', '=', id).executeTakeFirst();
}

/** Which projects are wanted; what the visibilityFilter may not see is never among them. */
export interface ProjectFilter {
  /** Directly in this namespace. */
  namespaceId?: number;
  /** In the namespace of this lineage or below it. */
  lineage?: string;
  search?: string;
  /** The search looks at the full paths too. */
  searchNamespaces?: boolean;
  visibility?: Visibility;
  archived?: boolean;
  /** The visibilityFilter holds at least this role there. */
  leastLevel?: number;
}

const PROJECT_ORDER = {
  id: 'p.id',
  name: 'p.name',
  path: 'p.path',
  created_at: 'p.created_at',
  last_activity_at: 'p.last_activity_at',
} as const;

export interface ProjectOrder {
  by: keyof typeof PROJECT_ORDER;
  direction: 'asc' | 'desc';
}

/** Finds the page first and reads what is shown of it afterwards: roles are looked up for its rows alone. */
export async function listProjects(
  db: Db,
  visibilityFilter: VisibilityFilter,
  filter: ProjectFilter,
  order: ProjectOrder,
  page: PageRequest,
): Promise<Page<SeenProjectRow>> {
  let query = db.selectFrom('projects as p').select('p.id').where(visibleTo(visibilityFilter, 'p'));
  if (filter.namespaceId !== undefined) query = query.where('p.namespace_id', '=', filter.namespaceId);
  if (filter.lineage !== undefined) query = query.where('p.namespace_id', 'in', below(db, filter.lineage));
  if (filter.search !== undefined) query = query.where(matches(filter.search, filter.searchNamespaces ?? false));
  if (filter.visibility !== undefined) query = query.where('p.visibility', '=', filter.visibility);
  if (filter.archived !== undefined) query = query.where('p.archived', '=', filter.archived ? 1 : 0);
  if (filter.leastLevel !== undefined) query = query.where(holdsProject(visibilityFilter, filter.leastLevel));
  const sorted = query.orderBy(PROJECT_ORDER[order.by], order.direction).orderBy('p.id', order.direction);
  const found = await paginate(sorted, page);
  const ids = found.items.map(({ id }) => id);
  const rows =
    ids.length === 0 ? [] : await selectSeenProjects(db, visibilityFilter).where('p.id', 'in', ids).execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return { ...found, items: ids.flatMap((id) => byId.get(id) ?? []) };
}

/** A text in the name or the path of a project, or in its full path. */
const matches = (text: string, fullPath: boolean) =>
  fullPath
    ? sql<boolean>`(${contains(['p.name'], text)} or exists
        (select 1 from routes r where r.project_id = p.id and ${contains(['r.path'], text)}))`
    : contains(['p.name', 'p.path'], text);

export async function updateProject(db: Db, id: number, change: Updateable<ProjectsTable>): Promise<void> {
  await db.updateTable('projects').set(change).where('id', '=', id).execute();
}

/** The projects in a group and below it. */
const below = (db: Db, lineage: string) =>
  db.selectFrom('namespaces').select('id').where(startsWith('lineage', lineage));

/** Whether a project in this group or below has one of these visibilities. */
export async function hasProjectBelow(db: Db, lineage: string, visibilities: readonly Visibility[]): Promise<boolean> {
  if (visibilities.length === 0) return false;
  const row = await db
    .selectFrom('projects')
    .select('id')
    .where('namespace_id', 'in', below(db, lineage))
    .where('visibility', 'in', visibilities)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Gives the projects in a group and below that have one of these visibilities another one. */
export async function narrowProjects(db: Db, lineage: string, from: readonly Visibility[], to: Visibility) {
  await db
    .updateTable('projects')
    .set({ visibility: to })
    .where('namespace_id', 'in', below(db, lineage))
    .where('visibility', 'in', from)
    .execute();
}

/** Removes a project; what belongs to it goes with it. */
export async function deleteProject(db: Db, id: number): Promise<void> {
  await db.deleteFrom('projects').where('id', '=', id).execute();
}

/** Removes all projects in a group and below it. @returns their ids. */
export async function deleteProjectsBelow(db: Db, lineage: string): Promise<number[]> {
  const rows = await db
    .deleteFrom('projects')
    .where('namespace_id', 'in', below(db, lineage))
    .returning('id')
    .execute();
  return rows.map((row) => row.id);
}
