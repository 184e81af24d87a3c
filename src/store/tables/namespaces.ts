import { type Insertable, type Selectable, sql, type Updateable } from 'kysely';
import { childLineage } from '../../lib/lineage.ts';
import type { Db } from '../db/database.ts';
import type { NamespacesTable, Visibility } from '../db/schema.ts';
import { contains, holdsNamespace, startsWith, type VisibilityFilter, visibleTo } from './conditions.ts';
import { type Page, type PageRequest, paginate } from './page.ts';

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

const selectNamespaces = (db: Db) =>
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

/** By a path that it had before. A path that is in use has no redirect. */
export function findNamespaceByRedirect(db: Db, pathKey: string): Promise<NamespaceRow | undefined> {
  return selectNamespaces(db)
    .innerJoin('redirects as d', 'd.namespace_id', 'n.id')
    .where('d.path_key', '=', pathKey)
    .executeTakeFirst();
}

export function findPersonalNamespace(db: Db, userId: number): Promise<NamespaceRow | undefined> {
  return selectNamespaces(db).where('n.owner_id', '=', userId).where('n.kind', '=', 'user').executeTakeFirst();
}

/**
 * The nearest group or personal namespace that exists on the way down a path; its lineage tells who may know what is
 * not below it.
 */
export function findNearestNamespace(db: Db, pathKeys: readonly string[]): Promise<NamespaceRow | undefined> {
  if (pathKeys.length === 0) return Promise.resolve(undefined);
  return selectNamespaces(db)
    .where('r.path_key', 'in', pathKeys)
    .orderBy((eb) => eb.fn('length', ['n.lineage']), 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Which groups, or namespaces of both kinds, are wanted; what the visibilityFilter may not see is never among them. */
export interface NamespaceFilter {
  kind?: 'group';
  /** Directly in this group; null: at the top. */
  parentId?: number | null;
  /** At any depth in the group of this lineage. */
  below?: string;
  search?: string;
  /** Leaves out these. */
  skip?: readonly number[];
  visibility?: Visibility;
  /** The visibilityFilter holds at least this role there. */
  leastLevel?: number;
}

const NAMESPACE_ORDER = { name: 'n.name', path: 'n.path', id: 'n.id' } as const;

export interface NamespaceOrder {
  by: keyof typeof NAMESPACE_ORDER;
  direction: 'asc' | 'desc';
}

export function listNamespaces(
  db: Db,
  visibilityFilter: VisibilityFilter,
  filter: NamespaceFilter,
  order: NamespaceOrder,
  page: PageRequest,
): Promise<Page<NamespaceRow>> {
  let query = selectNamespaces(db).where(visibleTo(visibilityFilter, 'n'));
  if (filter.kind !== undefined) query = query.where('n.kind', '=', filter.kind);
  if (filter.parentId === null) query = query.where('n.parent_id', 'is', null);
  else if (filter.parentId !== undefined) query = query.where('n.parent_id', '=', filter.parentId);
  if (filter.below !== undefined)
    query = query.where(startsWith('n.lineage', filter.below)).where('n.lineage', '!=', filter.below);
  if (filter.search !== undefined) query = query.where(contains(['n.name', 'n.path'], filter.search));
  if (filter.skip !== undefined && filter.skip.length > 0) query = query.where('n.id', 'not in', filter.skip);
  if (filter.visibility !== undefined) query = query.where('n.visibility', '=', filter.visibility);
  if (filter.leastLevel !== undefined) query = query.where(holdsNamespace(visibilityFilter, filter.leastLevel));
  return paginate(query.orderBy(NAMESPACE_ORDER[order.by], order.direction).orderBy('n.id', order.direction), page);
}

/** The full paths of those of these namespaces that the visibilityFilter may see. */
export async function visiblePathsOf(
  db: Db,
  visibilityFilter: VisibilityFilter,
  ids: readonly number[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await selectNamespaces(db).where('n.id', 'in', ids).where(visibleTo(visibilityFilter, 'n')).execute();
  // Strangers must not find out which accounts exist.
  return rows.filter((row) => row.kind === 'group' || visibilityFilter.userId !== null).map((row) => row.full_path);
}

/** The names of these namespaces, by id. */
export async function namesOf(db: Db, ids: readonly number[]): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('namespaces').select(['id', 'name']).where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, row.name]));
}

export async function updateNamespace(db: Db, id: number, change: Updateable<NamespacesTable>): Promise<void> {
  await db.updateTable('namespaces').set(change).where('id', '=', id).execute();
}

/** Hangs a group with all below it under another lineage, in one statement whatever their number. */
export async function moveLineage(db: Db, from: string, to: string): Promise<void> {
  await db
    .updateTable('namespaces')
    .set({ lineage: sql<string>`${to} || substr(lineage, ${from.length + 1})` })
    .where(startsWith('lineage', from))
    .execute();
}

/** How many levels of groups there are from the root down to the deepest below this lineage, itself counted. */
export async function deepestLevel(db: Db, lineage: string): Promise<number> {
  const row = await db
    .selectFrom('namespaces')
    .select(sql<number>`max(length(lineage) - length(replace(lineage, '/', '')) - 1)`.as('depth'))
    .where(startsWith('lineage', lineage))
    .executeTakeFirst();
  return Number(row?.depth ?? 0);
}

/** Whether a group below this one has one of these visibilities. */
export async function hasGroupBelow(db: Db, lineage: string, visibilities: readonly Visibility[]): Promise<boolean> {
  if (visibilities.length === 0) return false;
  const row = await db
    .selectFrom('namespaces')
    .select('id')
    .where(startsWith('lineage', lineage))
    .where('lineage', '<>', lineage)
    .where('visibility', 'in', visibilities)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Gives this group and those below it that have one of these visibilities another one. */
export async function narrowGroups(db: Db, lineage: string, from: readonly Visibility[], to: Visibility) {
  await db
    .updateTable('namespaces')
    .set({ visibility: to })
    .where(startsWith('lineage', lineage))
    .where('visibility', 'in', from)
    .execute();
}

/** Removes a group and all groups below it; their projects must be gone. */
export async function deleteNamespaces(db: Db, lineage: string): Promise<number> {
  // SQLite looks after each row whether a child is left, so nothing may have a parent any more when the first one goes.
  await db.updateTable('namespaces').set({ parent_id: null }).where(startsWith('lineage', lineage)).execute();
  const { numDeletedRows } = await db
    .deleteFrom('namespaces')
    .where(startsWith('lineage', lineage))
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
