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
  /** Those that were asked for, in the order in which they were published. */
  files: readonly PackageFileRow[];
}

/** All files of a package, or those of one version: a type whose documents have no need of the others is spared reading them. */
export type WantedFiles = boolean | { ofVersion: string };

export async function readContents(
  db: Db,
  found: PackageRow,
  { files = false }: { files?: WantedFiles } = {},
): Promise<PackageContents> {
  const rows = await listPackageVersions(db, found.id);
  return {
    package: found,
    versions: rows.map(({ id, version, created_at, metadata }) => ({
      ...{ id, version, createdAt: created_at },
      metadata: JSON.parse(metadata) as Record<string, unknown>,
    })),
    properties: await readPackageProperties(db, found.id),
    files: files === false ? [] : await listFilesOfPackage(db, found.id, files === true ? undefined : files.ofVersion),
  };
}
