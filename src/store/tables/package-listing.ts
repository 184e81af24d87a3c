import { type Selectable, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { PackageStatus, PackageVersionsTable } from '../db/packages-schema.ts';
import { contains, notForMembers, startsWith, type VisibilityFilter, visibleTo } from './conditions.ts';
import { WITHDRAWALS, type Withdrawal } from './indexed-properties.ts';
import type { PackageFileRow } from './package-files.ts';
import { type Page, type PageRequest, paginate } from './page.ts';

/** A version with the columns of its package and project that lists show. */
export interface ListedVersionRow extends Omit<Selectable<PackageVersionsTable>, 'metadata'> {
  name: string;
  type: string;
  project_id: number;
  project_path: string;
}

/** Limits a list of versions. */
export interface PackageFilter {
  type?: string;
  /** A part of the name; upper and lower case are equal. */
  name?: string;
  version?: string;
  status?: PackageStatus;
  /** Marked as not to be used, in this way or not at all. Left out: both. */
  withdrawal?: Withdrawal | 'none';
}

/**
 * The projects of a list: one project, or all projects in which the filter allows to read packages, directly in a
 * namespace or anywhere below it.
 */
export type PackagePlace =
  | { projectId: number }
  | { visibilityFilter: VisibilityFilter; leastLevel: number; lineage: string }
  | { visibilityFilter: VisibilityFilter; leastLevel: number; namespaceId: number };

const ORDER = {
  created_at: 'v.created_at',
  name: 'k.name',
  version: 'v.version',
  type: 'k.type',
  project_path: 'r.path',
} as const;

export interface PackageOrder {
  by: keyof typeof ORDER;
  direction: 'asc' | 'desc';
}

const selectListed = (db: Db) =>
  db
    .selectFrom('package_versions as v')
    .innerJoin('packages as k', 'k.id', 'v.package_id')
    .innerJoin('projects as p', 'p.id', 'k.project_id')
    .innerJoin('routes as r', 'r.project_id', 'p.id')
    .select(['v.id', 'v.package_id', 'v.version', 'v.status', 'v.creator_id', 'v.created_at', 'v.last_downloaded_at'])
    .select(['k.name', 'k.type', 'k.project_id', 'r.path as project_path']);

export function listPackages(
  db: Db,
  place: PackagePlace,
  filter: PackageFilter,
  order: PackageOrder,
  page: PageRequest,
): Promise<Page<ListedVersionRow>> {
  let query = selectListed(db);
  if ('projectId' in place) query = query.where('k.project_id', '=', place.projectId);
  else {
    query = query
      .where('p.packages_enabled', '=', 1)
      .where(visibleTo(place.visibilityFilter, 'p', place.leastLevel))
      .where(notForMembers('packages', place.visibilityFilter, place.leastLevel));
    query =
      'namespaceId' in place
        ? query.where('p.namespace_id', '=', place.namespaceId)
        : query.where('p.namespace_id', 'in', (eb) =>
            eb.selectFrom('namespaces').select('id').where(startsWith('lineage', place.lineage)),
          );
  }
  if (filter.type !== undefined) query = query.where('k.type', '=', filter.type);
  if (filter.name !== undefined) query = query.where(contains(['k.name'], filter.name));
  if (filter.version !== undefined) query = query.where('v.version', '=', filter.version);
  if (filter.status !== undefined) query = query.where('v.status', '=', filter.status);
  if (filter.withdrawal !== undefined) query = query.where(isWithdrawn(filter.withdrawal));
  return paginate(query.orderBy(ORDER[order.by], order.direction).orderBy('v.id', order.direction), page);
}

function isWithdrawn(withdrawal: Withdrawal | 'none') {
  const marks = (names: readonly Withdrawal[]) =>
    sql<boolean>`exists (select 1 from package_version_properties m where m.version_id = v.id and m.name in (${sql.join(names)}))`;
  return withdrawal === 'none' ? sql<boolean>`not ${marks(WITHDRAWALS)}` : marks([withdrawal]);
}

export function findListedVersion(db: Db, projectId: number, id: number): Promise<ListedVersionRow | undefined> {
  return selectListed(db).where('k.project_id', '=', projectId).where('v.id', '=', id).executeTakeFirst();
}

/** The metadata of a version, as JSON. */
export async function findVersionMetadata(db: Db, id: number): Promise<string | undefined> {
  const row = await db.selectFrom('package_versions').select('metadata').where('id', '=', id).executeTakeFirst();
  return row?.metadata;
}

/** The other versions of a package, newest first; at most `limit` of them. */
export function listOtherVersions(
  db: Db,
  { package_id, id }: Pick<ListedVersionRow, 'package_id' | 'id'>,
  limit: number,
): Promise<ListedVersionRow[]> {
  return selectListed(db)
    .where('v.package_id', '=', package_id)
    .where('v.id', '<>', id)
    .orderBy('v.id', 'desc')
    .limit(limit)
    .execute();
}

/** The files of a version without child files, oldest first. */
export function listPackageFiles(db: Db, versionId: number, page: PageRequest): Promise<Page<PackageFileRow>> {
  return paginate(
    db
      .selectFrom('package_files')
      .selectAll()
      .where('version_id', '=', versionId)
      .where('parent_id', 'is', null)
      .orderBy('id'),
    page,
  );
}

/** A file of any package of a project, if it is no child of another. */
export function findFileOfProject(db: Db, projectId: number, id: number): Promise<PackageFileRow | undefined> {
  return db
    .selectFrom('package_files as f')
    .innerJoin('package_versions as v', 'v.id', 'f.version_id')
    .innerJoin('packages as k', 'k.id', 'v.package_id')
    .selectAll('f')
    .where('k.project_id', '=', projectId)
    .where('f.parent_id', 'is', null)
    .where('f.id', '=', id)
    .executeTakeFirst();
}

/** The properties of some packages whose names start with `prefix`. */
export async function listPropertiesOf(db: Db, packageIds: readonly number[], prefix: string) {
  if (packageIds.length === 0) return [];
  return db
    .selectFrom('package_properties')
    .selectAll()
    .where('package_id', 'in', packageIds)
    .where('name', 'like', `${prefix}%`)
    .orderBy('name')
    .execute();
}
