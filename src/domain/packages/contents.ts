import type { Db } from '../../store/db/database.ts';
import { listFilesOfVersion, listFilesOfVersions, type PackageFileRow } from '../../store/tables/package-files.ts';
import { readPackageProperties } from '../../store/tables/package-properties.ts';
import {
  findVersionsWith,
  listPackageVersions,
  type PackageRow,
  type PackageVersionRow,
  readVersionMetadata,
} from '../../store/tables/packages.ts';

/** Everything about a package: what documents are made of. */
export interface PackageContents {
  package: PackageRow;
  /** In the order in which they were published. */
  versions: readonly ContainedVersion[];
  /** What the type keeps with the package, by name. */
  properties: ReadonlyMap<string, string>;
  /** Those of the version whose files were asked for, in the order in which they were published. */
  files: readonly PackageFileRow[];
  /** The files of all versions, one after the other: read as they are asked for and never all in memory. */
  eachFile(): AsyncIterable<ContainedFile>;
  /** The versions about which something was written under this name. */
  versionsWith(field: string): Promise<readonly ContainedVersion[]>;
  /**
   * What was written about versions, one after the other: read as it is asked for and never all in memory. One that was
   * deleted meanwhile is left out.
   * @param of some of `versions`; left out: all.
   */
  metadata(of?: readonly ContainedVersion[]): AsyncIterable<readonly [ContainedVersion, Metadata]>;
}

export type Metadata = Record<string, unknown>;

export interface ContainedVersion {
  id: number;
  version: string;
  createdAt: number;
  /** Bytes of what was written about it. */
  size: number;
}

/** A file with what belongs to it. */
export interface ContainedFile {
  file: PackageFileRow;
  children: readonly PackageFileRow[];
}

/** Whose files are wanted at once: a type whose documents have no need of any is spared reading them. */
export interface WantedFiles {
  ofVersion: string;
}

/** So many versions are listed at once; other requests have their turn in between. */
const BATCH_SIZE = 1000;
/**
 * So much of what was written about versions is read at once: of so many at most, and so many bytes unless one alone is
 * larger.
 */
const READ_VERSIONS = 200;
const READ_BYTES = 1024 * 1024;

export async function readContents(
  db: Db,
  found: PackageRow,
  { files }: { files?: WantedFiles | undefined } = {},
): Promise<PackageContents> {
  const versions: ContainedVersion[] = [];
  for (;;) {
    const rows = await listPackageVersions(db, found.id, versions.at(-1)?.id ?? 0, BATCH_SIZE);
    for (const { id, version, created_at, size } of rows) versions.push({ id, version, createdAt: created_at, size });
    if (rows.length < BATCH_SIZE) break;
    await Bun.sleep(0);
  }
  return {
    package: found,
    versions,
    properties: await readPackageProperties(db, found.id),
    files: files === undefined ? [] : await listFilesOfVersion(db, found.id, files.ofVersion),
    metadata: (of = versions) => readMetadata(db, of),
    eachFile: () => readFiles(db, versions),
    async versionsWith(field) {
      const ids = await findVersionsWith(db, found.id, field);
      return versions.filter(({ id }) => ids.has(id));
    },
  };
}

/** The same of a package whose first version has just been written, from what was written. */
export function contentsOfNew(
  found: PackageRow,
  { id, version, created_at, metadata }: PackageVersionRow,
  { properties, files }: { properties: Readonly<Record<string, string>>; files: readonly PackageFileRow[] },
  want?: WantedFiles,
): PackageContents {
  const only = { id, version, createdAt: created_at, size: Buffer.byteLength(metadata) };
  const parsed = JSON.parse(metadata) as Metadata;
  return {
    package: found,
    versions: [only],
    properties: new Map(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1))),
    files: want?.ofVersion === version ? files : [],
    async *eachFile() {
      yield* withChildren(files);
    },
    versionsWith: async (field) => (Object.hasOwn(parsed, field) ? [only] : []),
    async *metadata(of = [only]) {
      for (const each of of) yield [each, parsed];
    },
  };
}

async function* readMetadata(
  db: Db,
  of: readonly ContainedVersion[],
): AsyncGenerator<readonly [ContainedVersion, Metadata]> {
  for (let from = 0; from < of.length; ) {
    const some = of.slice(from, from + readableFrom(of, from));
    const texts = await readVersionMetadata(
      db,
      some.map(({ id }) => id),
    );
    for (const each of some) {
      const text = texts.get(each.id);
      if (text !== undefined) yield [each, JSON.parse(text) as Metadata];
    }
    from += some.length;
    if (from < of.length) await Bun.sleep(0);
  }
}

async function* readFiles(db: Db, versions: readonly ContainedVersion[]): AsyncGenerator<ContainedFile> {
  for (let from = 0; from < versions.length; from += READ_VERSIONS) {
    const some = versions.slice(from, from + READ_VERSIONS);
    yield* withChildren(
      await listFilesOfVersions(
        db,
        some.map(({ id }) => id),
      ),
    );
    await Bun.sleep(0);
  }
}

/** @param files with whatever belongs to one of them. */
function withChildren(files: readonly PackageFileRow[]): ContainedFile[] {
  const children = Map.groupBy(files, (file) => file.parent_id);
  return (children.get(null) ?? []).map((file) => ({ file, children: children.get(file.id) ?? [] }));
}

/** How many versions are read at once, from one on. */
function readableFrom(of: readonly ContainedVersion[], from: number): number {
  let count = 0;
  let bytes = 0;
  while (count < READ_VERSIONS && from + count < of.length) {
    bytes += of[from + count]?.size ?? 0;
    if (count > 0 && bytes > READ_BYTES) break;
    count += 1;
  }
  return count;
}
