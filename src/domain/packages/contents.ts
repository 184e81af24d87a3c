import type { Db } from '../../store/db/database.ts';
import { readPackageProperties } from '../../store/tables/package-properties.ts';
import { listPackageVersions, type PackageRow } from '../../store/tables/packages.ts';

/** Everything about a package but its files: what documents are made of. */
export interface PackageContents {
  package: PackageRow;
  /** In the order in which they were published. */
  versions: { id: number; version: string; createdAt: number; metadata: Record<string, unknown> }[];
  /** What the type keeps with the package, by name. */
  properties: ReadonlyMap<string, string>;
}

export async function readContents(db: Db, found: PackageRow): Promise<PackageContents> {
  const rows = await listPackageVersions(db, found.id);
  return {
    package: found,
    versions: rows.map(({ id, version, created_at, metadata }) => ({
      ...{ id, version, createdAt: created_at },
      metadata: JSON.parse(metadata) as Record<string, unknown>,
    })),
    properties: await readPackageProperties(db, found.id),
  };
}
