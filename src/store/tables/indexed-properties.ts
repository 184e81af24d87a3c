import type { Db } from '../db/database.ts';
import { prepared } from '../db/prepared.ts';

/**
 * A property of a version or of a file that is found by an index. A name may occur several times with different values.
 */
export type IndexedProperty = readonly [name: string, value: string];

/** The indexed properties that mark a version as one that should not be used. */
export const WITHDRAWALS = ['deprecated', 'yanked'] as const;
export type Withdrawal = (typeof WITHDRAWALS)[number];

const insertForVersion = prepared<never, [number, number, string, string]>((db, version_id, package_id, name, value) =>
  db.insertInto('package_version_properties').values({ version_id, package_id, name, value }),
);

export async function insertVersionProperties(
  db: Db,
  { id, package_id }: { id: number; package_id: number },
  properties: readonly IndexedProperty[],
): Promise<void> {
  for (const [name, value] of properties) await insertForVersion(db, id, package_id, name, value);
}

export async function deleteVersionProperties(db: Db, versionId: number): Promise<void> {
  await db.deleteFrom('package_version_properties').where('version_id', '=', versionId).execute();
}

/** The ids of a package's versions that have a property of this name. */
export async function findVersionsWithProperty(db: Db, packageId: number, name: string): Promise<Set<number>> {
  const rows = await db
    .selectFrom('package_version_properties')
    .select('version_id')
    .where('package_id', '=', packageId)
    .where('name', '=', name)
    .execute();
  return new Set(rows.map((row) => row.version_id));
}

/** How versions are marked as ones that should not be used, by their ids; a version without a mark is left out. */
export async function listWithdrawals(db: Db, versionIds: readonly number[]): Promise<Map<number, Withdrawal>> {
  if (versionIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('package_version_properties')
    .select(['version_id', 'name'])
    .where('version_id', 'in', versionIds)
    .where('name', 'in', WITHDRAWALS)
    .execute();
  return new Map(rows.map(({ version_id, name }) => [version_id, name as Withdrawal]));
}

const insertForFile = prepared<never, [number, number, string, string]>((db, file_id, project_id, name, value) =>
  db.insertInto('package_file_properties').values({ file_id, project_id, name, value }),
);

export async function insertFileProperties(
  db: Db,
  { fileId, projectId }: { fileId: number; projectId: number },
  properties: readonly IndexedProperty[],
): Promise<void> {
  for (const [name, value] of properties) await insertForFile(db, fileId, projectId, name, value);
}

/** Which of these files have a property with this value. */
export async function findFilesWithProperty(
  db: Db,
  fileIds: readonly number[],
  [name, value]: IndexedProperty,
): Promise<Set<number>> {
  if (fileIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('package_file_properties')
    .select('file_id')
    .where('file_id', 'in', fileIds)
    .where('name', '=', name)
    .where('value', '=', value)
    .execute();
  return new Set(rows.map((row) => row.file_id));
}

/** The values that the files of a package have under this name. */
export async function listFilePropertyValues(db: Db, packageId: number, name: string): Promise<string[]> {
  const rows = await db
    .selectFrom('package_versions as v')
    .innerJoin('package_files as f', 'f.version_id', 'v.id')
    .innerJoin('package_file_properties as p', 'p.file_id', 'f.id')
    .select('p.value')
    .distinct()
    .where('v.package_id', '=', packageId)
    .where('p.name', '=', name)
    .execute();
  return rows.map((row) => row.value);
}
