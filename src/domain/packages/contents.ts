import type { Db } from '../../store/db/database.ts';
import {
  findFilesWithProperty,
  findVersionsWithProperty,
  type IndexedProperty,
} from '../../store/tables/indexed-properties.ts';
import { listFilesOfVersion, listFilesOfVersions, type PackageFileRow } from '../../store/tables/package-files.ts';
import { readPackageProperties } from '../../store/tables/package-properties.ts';
import {
  listPackageVersions,
  type PackageRow,
  type PackageVersionRow,
  readVersionMetadata,
} from '../../store/tables/packages.ts';

/** Everything in a package: the input of the makers of its documents. */
export interface PackageContents {
  package: PackageRow;
  /** In the order in which they were published. */
  versions: readonly ContainedVersion[];
  /** The package's own properties, by name. */
  properties: ReadonlyMap<string, string>;
  /** The files of the version that was asked for, in the order in which they were published. */
  files: readonly PackageFileRow[];
  /** The files of all versions, read in batches and never all in memory; in a repository only its files. */
  eachFile(): AsyncIterable<ContainedFile>;
  /** The versions that have an indexed property of this name. */
  versionsWith(property: string): Promise<readonly ContainedVersion[]>;
  /**
   * The metadata of versions, read in batches and never all in memory. A version that is deleted in the meantime is
   * left out.
   * @param of some of `versions`; left out: all.
   */
  metadata(of?: readonly ContainedVersion[]): AsyncIterable<readonly [ContainedVersion, Metadata]>;
}

export type Metadata = Record<string, unknown>;

/** The rows that the first publication of a package has written beside its version. */
export interface WrittenContents {
  properties: Readonly<Record<string, string>>;
  /** Indexed properties of the version. */
  indexed: readonly IndexedProperty[];
  files: readonly PackageFileRow[];
}

export interface ContainedVersion {
  id: number;
  version: string;
  createdAt: number;
  /** Bytes of its metadata. */
  size: number;
}

/** A file with the files that belong to it: a signature, for example. */
export interface ContainedFile {
  file: PackageFileRow;
  children: readonly PackageFileRow[];
}

/** The version whose files are loaded at once: documents that need none are not slowed down by reading them. */
export interface WantedFiles {
  ofVersion: string;
}

/** Versions that are listed in one query; other requests run in between. */
const BATCH_SIZE = 1000;
/** Metadata is read in batches of at most this many versions and bytes; a version with more is a batch by itself. */
const READ_VERSIONS = 200;
const READ_BYTES = 1024 * 1024;

/** @param options `having` restricts `eachFile` to files with this indexed property. */
export async function readContents(
  db: Db,
  found: PackageRow,
  { files, having }: { files?: WantedFiles; having?: IndexedProperty } = {},
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
    eachFile: () => readFiles(db, versions, having),
    async versionsWith(property) {
      const ids = await findVersionsWithProperty(db, found.id, property);
      return versions.filter(({ id }) => ids.has(id));
    },
  };
}

/** The contents of a package whose first version has just been written, without reading them back. */
export function contentsOfNew(
  found: PackageRow,
  { id, version, created_at, metadata }: PackageVersionRow,
  { properties, indexed, files }: WrittenContents,
): PackageContents {
  const only = { id, version, createdAt: created_at, size: Buffer.byteLength(metadata) };
  const parsed = JSON.parse(metadata) as Metadata;
  return {
    package: found,
    versions: [only],
    properties: new Map(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1))),
    files: [],
    async *eachFile() {
      yield* withChildren(files);
    },
    versionsWith: async (property) => (indexed.some(([name]) => name === property) ? [only] : []),
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

async function* readFiles(
  db: Db,
  versions: readonly ContainedVersion[],
  having: IndexedProperty | undefined,
): AsyncGenerator<ContainedFile> {
  for (let from = 0; from < versions.length; from += READ_VERSIONS) {
    const ids = versions.slice(from, from + READ_VERSIONS).map(({ id }) => id);
    const files = withChildren(await listFilesOfVersions(db, ids));
    yield* having ? await filesHaving(db, files, having) : files;
    await Bun.sleep(0);
  }
}

/** In queries of so many files at most: an engine limits the parameters of one. */
const FILES_PER_QUERY = 1000;

async function filesHaving(db: Db, files: readonly ContainedFile[], having: IndexedProperty): Promise<ContainedFile[]> {
  const found: ContainedFile[] = [];
  for (let from = 0; from < files.length; from += FILES_PER_QUERY) {
    const some = files.slice(from, from + FILES_PER_QUERY);
    const ids = await findFilesWithProperty(
      db,
      some.map(({ file }) => file.id),
      having,
    );
    found.push(...some.filter(({ file }) => ids.has(file.id)));
  }
  return found;
}

/** @param files parents and their children, in any order. */
function withChildren(files: readonly PackageFileRow[]): ContainedFile[] {
  const children = Map.groupBy(files, (file) => file.parent_id);
  return (children.get(null) ?? []).map((file) => ({ file, children: children.get(file.id) ?? [] }));
}

/** The number of versions in the batch that starts at `from`. */
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
