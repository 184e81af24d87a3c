import { type Insertable, type Selectable, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import { isPostgres } from '../db/migrations/columns.ts';
import type { PackageStatus, PackagesTable, PackageVersionsTable } from '../db/packages-schema.ts';
import { prepared, preparedInsert, preparedOne } from '../db/prepared.ts';

export type PackageRow = Selectable<PackagesTable>;
export type PackageVersionRow = Selectable<PackageVersionsTable>;

export interface PackageKey {
  projectId: number;
  type: string;
  nameKey: string;
}

const claim = prepared<PackageRow, [number, string, string, string, number]>(
  (db, project_id, type, name, name_key, now) =>
    db
      .insertInto('packages')
      .values({ project_id, type, name, name_key, revision: 1, created_at: now, updated_at: now })
      .onConflict((conflict) =>
        conflict
          .columns(['project_id', 'type', 'name_key'])
          .doUpdateSet((eb) => ({ revision: eb('packages.revision', '+', 1), updated_at: now })),
      )
      .returningAll(),
);

/**
 * Returns the package of this name with its revision incremented; creates it when it is missing. This locks its row, on
 * both engines: until the transaction ends no other one changes the package.
 */
export async function claimPackage(
  db: Db,
  { project_id, type, name, name_key }: Omit<Insertable<PackagesTable>, 'revision' | 'created_at' | 'updated_at'>,
  now: number,
): Promise<PackageRow> {
  const [row] = await claim(db, project_id, type, name, name_key, now);
  if (!row) throw new Error('nothing came back of a package');
  return row;
}

/** The same for an existing package. */
export function claimPackageById(db: Db, id: number, now: number): Promise<PackageRow | undefined> {
  return db
    .updateTable('packages')
    .set((eb) => ({ revision: eb('revision', '+', 1), updated_at: now }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
}

const byName = prepared<PackageRow, [number, string, string]>((db, projectId, type, nameKey) =>
  db
    .selectFrom('packages')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('type', '=', type)
    .where('name_key', '=', nameKey),
);

export async function findPackage(db: Db, { projectId, type, nameKey }: PackageKey): Promise<PackageRow | undefined> {
  return (await byName(db, projectId, type, nameKey))[0];
}

export const findPackageById = preparedOne<PackageRow, [number]>((db, id) =>
  db.selectFrom('packages').selectAll().where('id', '=', id),
);

export async function deletePackage(db: Db, id: number): Promise<void> {
  await db.deleteFrom('packages').where('id', '=', id).execute();
}

export const insertPackageVersion: (db: Db, row: Insertable<PackageVersionsTable>) => Promise<PackageVersionRow> =
  preparedInsert('package_versions', ['package_id', 'version', 'status', 'metadata', 'creator_id', 'created_at']);

const versionByName = prepared<PackageVersionRow, [number, string]>((db, packageId, version) =>
  db.selectFrom('package_versions').selectAll().where('package_id', '=', packageId).where('version', '=', version),
);

export async function findPackageVersion(
  db: Db,
  packageId: number,
  version: string,
): Promise<PackageVersionRow | undefined> {
  return (await versionByName(db, packageId, version))[0];
}

/** The first version of a package that has one of these spellings. */
export async function findPackageVersionAmong(
  db: Db,
  packageId: number,
  versions: readonly string[],
): Promise<PackageVersionRow | undefined> {
  if (versions.length === 0) return undefined;
  return db
    .selectFrom('package_versions')
    .selectAll()
    .where('package_id', '=', packageId)
    .where('version', 'in', versions)
    .orderBy('id')
    .executeTakeFirst();
}

const versionStarting = prepared<PackageVersionRow, [number, string, number]>((db, packageId, prefix, length) =>
  db
    .selectFrom('package_versions')
    .selectAll()
    .where('package_id', '=', packageId)
    // A range of the index. PostgreSQL orders it by locale: there, all versions of the package are read.
    .$if(!isPostgres(db), (query) =>
      query.where(sql<boolean>`version between ${prefix} and ${prefix} || char(${sql.lit(LAST_CODE_UNIT)})`),
    )
    .where(sql<boolean>`substr(version, 1, ${length}) = ${prefix}`)
    .limit(1),
);

const LAST_CODE_UNIT = 0xffff;

/** A version of a package that starts with a text. */
export async function findPackageVersionStarting(
  db: Db,
  packageId: number,
  prefix: string,
): Promise<PackageVersionRow | undefined> {
  return (await versionStarting(db, packageId, prefix, prefix.length))[0];
}

export function findPackageVersionById(db: Db, packageId: number, id: number): Promise<PackageVersionRow | undefined> {
  return db
    .selectFrom('package_versions')
    .selectAll()
    .where('package_id', '=', packageId)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** Whether a package has versions. */
export async function hasVersions(db: Db, packageId: number): Promise<boolean> {
  const row = await db
    .selectFrom('package_versions')
    .select('id')
    .where('package_id', '=', packageId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function deletePackageVersion(db: Db, id: number): Promise<void> {
  await db.deleteFrom('package_versions').where('id', '=', id).execute();
}

export async function updateVersionMetadata(db: Db, id: number, metadata: string): Promise<void> {
  await db.updateTable('package_versions').set({ metadata }).where('id', '=', id).execute();
}

export async function updateVersionStatus(db: Db, id: number, status: PackageStatus): Promise<void> {
  await db.updateTable('package_versions').set({ status }).where('id', '=', id).execute();
}

export async function updateVersionDownload(db: Db, id: number, at: number): Promise<void> {
  await db
    .updateTable('package_versions')
    .set({ last_downloaded_at: at })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('last_downloaded_at', 'is', null), eb('last_downloaded_at', '<', at)]))
    .execute();
}

/** A version without its metadata, with the size of that in bytes. */
export type SizedVersionRow = Pick<PackageVersionRow, 'id' | 'version' | 'created_at'> & { size: number };

const versionsAfter = prepared<SizedVersionRow, [number, number, number]>((db, packageId, afterId, limit) =>
  db
    .selectFrom('package_versions')
    .select(['id', 'version', 'created_at', sql<number>`octet_length(metadata)`.as('size')])
    .where('package_id', '=', packageId)
    .where('id', '>', afterId)
    .orderBy('id')
    .limit(limit),
);

/**
 * The versions of a package after the version with this id, in the order of publication; at most `limit` of them.
 */
export const listPackageVersions = async (
  db: Db,
  packageId: number,
  afterId: number,
  limit: number,
): Promise<SizedVersionRow[]> => versionsAfter(db, packageId, afterId, limit);

const metadataOf = prepared<Pick<PackageVersionRow, 'id' | 'metadata'>, [number]>((db, id) =>
  db.selectFrom('package_versions').select(['id', 'metadata']).where('id', '=', id),
);

/** The metadata of these versions as JSON, by their ids; versions that do not exist are left out. */
export async function readVersionMetadata(db: Db, ids: readonly number[]): Promise<Map<number, string>> {
  const [only] = ids;
  const rows =
    ids.length === 1 && only !== undefined
      ? await metadataOf(db, only)
      : await db.selectFrom('package_versions').select(['id', 'metadata']).where('id', 'in', ids).execute();
  return new Map(rows.map(({ id, metadata }) => [id, metadata]));
}

/** The packages of one name in a namespace and all below it, last changed first. */
export function listPackagesBelow(db: Db, lineage: string, type: string, nameKey: string): Promise<PackageRow[]> {
  return db
    .selectFrom('packages as k')
    .innerJoin('projects as p', 'p.id', 'k.project_id')
    .innerJoin('namespaces as n', 'n.id', 'p.namespace_id')
    .selectAll('k')
    .where('k.type', '=', type)
    .where('k.name_key', '=', nameKey)
    .where('n.lineage', 'like', `${lineage}%`)
    .orderBy('k.updated_at', 'desc')
    .orderBy('k.id', 'desc')
    .execute();
}

/** The projects in a namespace and all below it that have this version of a package, last published first. */
export function listProjectsWithVersion(
  db: Db,
  lineage: string,
  { type, nameKey }: Omit<PackageKey, 'projectId'>,
  version: string,
): Promise<{ project_id: number }[]> {
  return db
    .selectFrom('packages as k')
    .innerJoin('package_versions as v', 'v.package_id', 'k.id')
    .innerJoin('projects as p', 'p.id', 'k.project_id')
    .innerJoin('namespaces as n', 'n.id', 'p.namespace_id')
    .select('k.project_id')
    .where('k.type', '=', type)
    .where('k.name_key', '=', nameKey)
    .where('v.version', '=', version)
    .where('n.lineage', 'like', `${lineage}%`)
    .orderBy('v.created_at', 'desc')
    .orderBy('v.id', 'desc')
    .execute();
}

/**
 * The packages in a namespace and below it, or in one project, whose names contain a text: at most `limit` of them, in
 * the order of their names, after one of them.
 */
export function searchPackages(
  db: Db,
  where: { lineage?: string; projectId?: number },
  type: string,
  text: string,
  { limit, after }: { limit: number; after?: Pick<PackageRow, 'id' | 'name'> | undefined },
): Promise<PackageRow[]> {
  const like = `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  let query = db
    .selectFrom('packages as k')
    .innerJoin('projects as p', 'p.id', 'k.project_id')
    .innerJoin('namespaces as n', 'n.id', 'p.namespace_id')
    .selectAll('k')
    .where('k.type', '=', type)
    .where(sql<boolean>`lower(k.name) like ${like} escape '\\'`);
  if (where.lineage !== undefined) query = query.where('n.lineage', 'like', `${where.lineage}%`);
  if (where.projectId !== undefined) query = query.where('k.project_id', '=', where.projectId);
  if (after) query = query.where(sql<boolean>`(k.name, k.id) > (${after.name}, ${after.id})`);
  return query.orderBy('k.name').orderBy('k.id').limit(limit).execute();
}
