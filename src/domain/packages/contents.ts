import type { Db } from '../../store/db/database.ts';
import { listFilesOfPackage, type PackageFileRow } from '../../store/tables/package-files.ts';
import { readPackageProperties } from '../../store/tables/package-properties.ts';
import { listPackageVersions, type PackageRow } from '../../store/tables/packages.ts';

/** Everything about a package: what documents are made of. */
export interface PackageContents {
  package: PackageRow;
  /** In the order in which they were published. */
  versions: { id: number; version: string; createdAt: number; metadata: Record<string, unknown> }[];
  /** What the type keeps with the package, by name. */
  properties: ReadonlyMap<string, string>;
  /** In the order in which they were published; empty when they were not asked for. */
  files: readonly PackageFileRow[];
}

/** @param want whether the files are read too: a type whose documents have no need of them is spared that. */
export async function readContents(
  db: Db,
  found: PackageRow,
  want: { files?: boolean } = {},
): Promise<PackageContents> {
  const rows = await listPackageVersions(db, found.id);
  return {
    package: found,
    versions: rows.map(({ id, version, created_at, metadata }) => ({
      ...{ id, version, createdAt: created_at },
      metadata: JSON.parse(metadata) as Record<string, unknown>,
    })),
    properties: await readPackageProperties(db, found.id),
    files: want.files ? await listFilesOfPackage(db, found.id) : [],
  };
}
