import { type Insertable, type Selectable, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { PackageFilesTable } from '../db/packages-schema.ts';
import { prepared, preparedInsert } from '../db/prepared.ts';
import type { BlobColumn } from './blob-column.ts';
import type { PackageKey } from './packages.ts';

export type PackageFileRow = Selectable<PackageFilesTable>;

/** See `BLOB_COLUMNS`. */
export const packageFileColumn: BlobColumn = {
  store: 'files',
  table: 'package_files',
  column: 'sha256',
  counted: { kind: 'packages', size: 'size' },
  links: null,
  project: {
    joins: sql`join package_versions v on v.id = r.version_id join packages k on k.id = v.package_id`,
    id: sql.ref('k.project_id'),
  },
};

export const insertPackageFile: (db: Db, row: Insertable<PackageFilesTable>) => Promise<PackageFileRow> =
  preparedInsert('package_files', [
    ...([
      'version_id',
      'parent_id',
      'name',
      'size',
      'sha256',
      'md5',
      'sha1',
      'sha512',
      'created_at',
      'metadata',
    ] as const),
  ]);

/** The newest file of this name in a version, child files included. */
export function findPackageFile(db: Db, versionId: number, name: string): Promise<PackageFileRow | undefined> {
  return db
    .selectFrom('package_files')
    .selectAll()
    .where('version_id', '=', versionId)
    .where('name', '=', name)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** A file that is no child of another. */
export function findPackageFileById(db: Db, versionId: number, id: number): Promise<PackageFileRow | undefined> {
  return db
    .selectFrom('package_files')
    .selectAll()
    .where('version_id', '=', versionId)
    .where('parent_id', 'is', null)
    .where('id', '=', id)
    .executeTakeFirst();
}

const newestByNames = prepared<PackageFileRow, [number, string, string, string, string]>(
  (db, projectId, type, nameKey, version, name) =>
    filesByNames(db, { projectId, type, nameKey }, version, name).limit(1),
);

/** The newest file of a name, by the names in an address: one query from the project to the file. */
export async function findPackageFileByNames(
  db: Db,
  { projectId, type, nameKey }: PackageKey,
  version: string,
  name: string,
): Promise<PackageFileRow | undefined> {
  return (await newestByNames(db, projectId, type, nameKey, version, name))[0];
}

/** All files of a name, the newest first. */
export function listPackageFilesByNames(
  db: Db,
  key: PackageKey,
  version: string,
  name: string,
): Promise<PackageFileRow[]> {
  return filesByNames(db, key, version, name).execute();
}

const filesByNames = (db: Db, { projectId, type, nameKey }: PackageKey, version: string, name: string) =>
  db
    .selectFrom('packages as p')
    .innerJoin('package_versions as v', 'v.package_id', 'p.id')
    .innerJoin('package_files as f', 'f.version_id', 'v.id')
    .selectAll('f')
    .where('p.project_id', '=', projectId)
    .where('p.type', '=', type)
    .where('p.name_key', '=', nameKey)
    .where('v.version', '=', version)
    .where('f.name', '=', name)
    .orderBy('f.id', 'desc');

export async function deletePackageFilesNamed(db: Db, versionId: number, name: string): Promise<void> {
  await db.deleteFrom('package_files').where('version_id', '=', versionId).where('name', '=', name).execute();
}

export async function deletePackageFile(db: Db, id: number): Promise<void> {
  await db.deleteFrom('package_files').where('id', '=', id).execute();
}

/** The names of the files of a version, without child files. */
export async function listFileNames(db: Db, versionId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('package_files')
    .select('name')
    .where('version_id', '=', versionId)
    .where('parent_id', 'is', null)
    .execute();
  return rows.map(({ name }) => name);
}

/** Whether a version has files. */
export async function hasFiles(db: Db, versionId: number): Promise<boolean> {
  const row = await db
    .selectFrom('package_files')
    .select('id')
    .where('version_id', '=', versionId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** All files of a version, child files included, in the order of publication. */
export function listFilesOfVersion(db: Db, packageId: number, version: string): Promise<PackageFileRow[]> {
  return db
    .selectFrom('package_files as f')
    .innerJoin('package_versions as v', 'v.id', 'f.version_id')
    .selectAll('f')
    .where('v.package_id', '=', packageId)
    .where('v.version', '=', version)
    .orderBy('f.id')
    .execute();
}

/**
 * All files of some versions, in the order of the versions.
 *
 * @param versionIds in ascending order. The query also has their range, for PostgreSQL: without statistics, as after a
 * restore or an import, it estimates so many files for each id that it would scan the whole table for a long list.
 */
export function listFilesOfVersions(db: Db, versionIds: readonly number[]): Promise<PackageFileRow[]> {
  return db
    .selectFrom('package_files')
    .selectAll()
    .where('version_id', 'in', versionIds)
    .where('version_id', '>=', versionIds.at(0) ?? 0)
    .where('version_id', '<=', versionIds.at(-1) ?? 0)
    .orderBy('version_id')
    .orderBy('id')
    .execute();
}

/**
 * Files by name and digest, in one project or in a namespace and all below it, each with its project, the newest first.
 * @param child the name of a child file, which is returned instead.
 */
export function findPackageFilesByDigest(
  db: Db,
  where: { lineage?: string; projectId?: number },
  type: string,
  { sha256, name, child }: { sha256: string; name: string; child?: string },
): Promise<(PackageFileRow & { project_id: number })[]> {
  let query = db
    .selectFrom('package_files as f')
    .innerJoin('package_versions as v', 'v.id', 'f.version_id')
    .innerJoin('packages as k', 'k.id', 'v.package_id')
    .innerJoin('projects as p', 'p.id', 'k.project_id')
    .innerJoin('namespaces as n', 'n.id', 'p.namespace_id')
    .innerJoin('package_files as w', (join) =>
      child === undefined
        ? join.onRef('w.id', '=', 'f.id')
        : join.onRef('w.parent_id', '=', 'f.id').on('w.name', '=', child),
    )
    .selectAll('w')
    .select('k.project_id')
    .where('f.sha256', '=', sha256)
    .where('f.name', '=', name)
    .where('f.parent_id', 'is', null)
    .where('k.type', '=', type);
  if (where.lineage !== undefined) query = query.where('n.lineage', 'like', `${where.lineage}%`);
  if (where.projectId !== undefined) query = query.where('k.project_id', '=', where.projectId);
  return query.orderBy('w.id', 'desc').execute();
}
