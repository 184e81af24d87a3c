import type { Text } from '../../lib/compress-text.ts';
import type { IndexedProperty, Withdrawal } from '../../store/tables/indexed-properties.ts';
import type { AuditAction } from '../audit/audit.ts';
import type { PackageAddress } from './address.ts';
import type { Metadata, PackageContents } from './contents.ts';
import type { RepositoryContents } from './repository-contents.ts';

/**
 * The behaviour of a package type. It is part of the type's descriptor, so that a change through any
 * entrance (the protocol, the REST API, the pages) has the same effects.
 */
export interface PackageBehaviour {
  /** The type's word in addresses and in the database. */
  type: string;
  /**
   * Folds a name, or a pattern of names, into the form in which the type compares names. Left out: names are compared
   * as written.
   */
  foldName?: (name: string) => string;
  /** All ways to write a version: a version that exists under one of them is the same version. Left out: one way. */
  versionSpellings?: (version: string) => readonly string[];
  /** Versions that differ only after this text are the same: the `+` of build metadata. Left out: all of it counts. */
  buildMark?: string;
  /** The key that distinguishes the files of one version. Left out: their names. */
  fileKey?: (name: string) => string;
  /**
   * How publishers mark a version that should not be used. The mark is a text in this field of the metadata, and an
   * indexed property of this name. Left out: the type has no such mark.
   */
  withdrawal?: Withdrawal;
  /** Package properties whose names begin with this are tags: the rest of the name is the tag, the value a version. */
  tagPrefix?: string;
  /** Indexed properties of a version, derived from its metadata. A value has at most 255 characters. */
  versionProperties?: (metadata: Metadata) => readonly IndexedProperty[];
  /** Indexed properties of a file, derived from its metadata. A value has at most 255 characters. */
  fileProperties?: (metadata: Metadata) => readonly IndexedProperty[];
  documents?: DocumentMakers;
  /** Which package properties change when versions were deleted and others remain. Called within the transaction. */
  onVersionsDeleted?: DeletionHook;
}

/** A text for each kind of document. */
export type Texts = Record<string, Text>;

/**
 * How a type makes the documents that its clients read. Makers read nothing but the contents. They start quickly: texts
 * that take long to make are iterables. A maker that first loads a module returns a promise.
 */
export interface DocumentMakers {
  /**
   * Documents of a package, or of several packages with one name below a group: the one that changed last comes first.
   * @param base the public URL, without a slash at the end.
   */
  package?: (packages: readonly [PackageContents, ...PackageContents[]], base: string) => Texts | Promise<Texts>;
  /** Documents of one version; the contents hold its files. */
  version?: (contents: PackageContents, version: string, base: string) => Texts | Promise<Texts>;
  repository?: RepositoryDocumentMaker;
}

/** Documents of a repository: an index of the packages of a project, or of those of one distribution. */
export interface RepositoryDocumentMaker {
  /**
   * The indexed file property whose value names the repository that a file belongs to. A file with several values
   * belongs to several repositories. Left out: each project has one repository, whose key is the empty string.
   */
  property?: string;
  make: (contents: RepositoryContents, base: string) => Texts | Promise<Texts>;
}

export interface AuditNote {
  action: AuditAction;
  details: Record<string, unknown>;
}

/** Package properties to set or, with null, to delete, and what the audit log records of that. */
export interface PropertyChanges {
  properties: Readonly<Record<string, string | null>>;
  notes: readonly AuditNote[];
}

export type DeletionHook = (
  deleted: readonly string[],
  left: {
    properties: ReadonlyMap<string, string>;
    hasVersion(version: string): Promise<boolean>;
    /** The instant of the change, in milliseconds since 1970. */
    now: number;
  },
) => Promise<PropertyChanges>;

/** Finds the behaviour of a type. A type that this program does not have has none of it. */
export type PackageTypes = (type: string) => PackageBehaviour;

export function createPackageTypes(all: readonly PackageBehaviour[]): PackageTypes {
  const byName = new Map(all.map((each) => [each.type, each]));
  return (type) => byName.get(type) ?? { type };
}

/** The normalised name by which the type compares packages. */
export const nameKeyOf = (types: PackageTypes, { type, name }: PackageAddress): string =>
  types(type).foldName?.(name) ?? name;
