import type { Db } from '../../store/db/database.ts';
import { listFilesOfPackage, type PackageFileRow } from '../../store/tables/package-files.ts';
import { readPackageProperties } from '../../store/tables/package-properties.ts';
import { listPackageVersions, type PackageRow, type PackageVersionRow } from '../../store/tables/packages.ts';

/** Everything about a package: what documents are made of. */
export interface PackageContents {
  package: PackageRow;
  /** In the order in which they were published. */
  versions: ContainedVersion[];
  /** What the type keeps with the package, by name. */
  properties: ReadonlyMap<string, string>;
  /** Those that were asked for, in the order in which they were published. */
  files: readonly PackageFileRow[];
}

export interface ContainedVersion {
  id: number;
  version: string;
  createdAt: number;
  /** Made each time that it is asked for, and not to be changed: of a hundred thousand versions that is not held in memory. */
  readonly metadata: Record<string, unknown>;
}

/** All files of a package, or those of one version: a type whose documents have no need of the others is spared reading them. */
export type WantedFiles = boolean | { ofVersion: string };

/** So many versions are read at once; other requests have their turn in between. */
const AT_ONCE = 1000;

export async function readContents(
  db: Db,
  found: PackageRow,
  { files = false }: { files?: WantedFiles } = {},
): Promise<PackageContents> {
  const versions: ContainedVersion[] = [];
  const unpacked: Unpacked = { packed: null, all: [] };
  for (;;) {
    const rows = await listPackageVersions(db, found.id, versions.at(-1)?.id ?? 0, AT_ONCE);
    versions.push(...(rows.length < AT_ONCE ? rows.map(toContained) : packTogether(rows, unpacked)));
    if (rows.length < AT_ONCE) break;
    await Bun.sleep(0);
  }
  return {
    package: found,
    versions,
    properties: await readPackageProperties(db, found.id),
    files: files === false ? [] : await listFilesOfPackage(db, found.id, files === true ? undefined : files.ofVersion),
  };
}

/** The same of a package whose first version has just been written, from what was written. */
export function contentsOfNew(
  found: PackageRow,
  version: PackageVersionRow,
  { properties, files }: { properties: Readonly<Record<string, string>>; files: readonly PackageFileRow[] },
  want: WantedFiles = false,
): PackageContents {
  const wanted = want === true || (want !== false && want.ofVersion === version.version);
  return {
    package: found,
    versions: [toContained(version)],
    properties: new Map(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1))),
    files: wanted ? files : [],
  };
}

/** One whose metadata is made when it is asked for. */
class Contained implements ContainedVersion {
  readonly id: number;
  readonly version: string;
  readonly createdAt: number;
  readonly #read: (index: number) => Record<string, unknown>;
  readonly #index: number;

  constructor(
    { id, version, created_at }: PackageVersionRow,
    read: (index: number) => Record<string, unknown>,
    index = 0,
  ) {
    this.id = id;
    this.version = version;
    this.createdAt = created_at;
    this.#read = read;
    this.#index = index;
  }

  get metadata(): Record<string, unknown> {
    return this.#read(this.#index);
  }
}

const toContained = (row: PackageVersionRow): ContainedVersion => {
  const { metadata } = row;
  return new Contained(row, () => JSON.parse(metadata) as Record<string, unknown>);
};

/** Of the versions that are packed together: those that were asked for last. Whoever goes through all of them unpacks each once. */
interface Unpacked {
  packed: Uint8Array | null;
  all: readonly Record<string, unknown>[];
}

/** Versions of which there are very many: what was written about them is alike, and takes a small part of the room when compressed. */
function packTogether(rows: readonly PackageVersionRow[], unpacked: Unpacked): ContainedVersion[] {
  const packed = Bun.zstdCompressSync(`[${rows.map(({ metadata }) => metadata).join(',')}]`, { level: 1 });
  const read = (index: number): Record<string, unknown> => {
    if (unpacked.packed !== packed) {
      unpacked.packed = packed;
      unpacked.all = JSON.parse(Bun.zstdDecompressSync(packed).toString()) as Record<string, unknown>[];
    }
    return unpacked.all[index] ?? {};
  };
  return rows.map((row, index) => new Contained(row, read, index));
}
