import type { Generated } from 'kysely';

export interface PackagesSchema {
  packages: PackagesTable;
  package_versions: PackageVersionsTable;
  package_files: PackageFilesTable;
  package_properties: PackagePropertiesTable;
  package_documents: PackageDocumentsTable;
  package_rules: PackageRulesTable;
  package_repositories: PackageRepositoriesTable;
  package_repository_documents: PackageRepositoryDocumentsTable;
  package_version_properties: PackageVersionPropertiesTable;
  package_file_properties: PackageFilePropertiesTable;
}

/** A name in a project, of one type. Types differ in what they write into these tables, not in the tables. */
export interface PackagesTable {
  id: Generated<number>;
  project_id: number;
  /** The name of the protocol that it was published through: `generic`, `npm`. */
  type: string;
  name: string;
  /** The form of the name that its type compares. */
  name_key: string;
  /** Counts the changes of anything below it: what was made of an older one is stale. */
  revision: number;
  created_at: number;
  updated_at: number;
}

export interface PackageVersionsTable {
  id: Generated<number>;
  package_id: number;
  version: string;
  status: PackageStatus;
  /** A JSON object that its type understands. */
  metadata: string;
  creator_id: number | null;
  created_at: number;
  /** Of any of its files; up to a minute late. */
  last_downloaded_at: number | null;
}

/** `hidden`: can be fetched by its name, and is in no list. */
export type PackageStatus = 'default' | 'hidden';

/**
 * The newest of several files with one name is served. A file with a parent belongs to it, is deleted with it and is in
 * no list.
 */
export interface PackageFilesTable {
  id: Generated<number>;
  version_id: number;
  parent_id: number | null;
  /** May hold slashes. Never a part of a path of ours. */
  name: string;
  size: number;
  /** The name in the blob store. */
  sha256: string;
  /** Further digests that its type needs, in hex. */
  md5: string | null;
  sha1: string | null;
  sha512: string | null;
  created_at: number;
  /** Metadata of its type, JSON. */
  metadata: string | null;
}

/** Properties of a package as a whole: npm's dist-tags. */
export interface PackagePropertiesTable {
  package_id: number;
  name: string;
  value: string;
}

/** Documents of a package, generated once per revision and stored compressed. */
export interface PackageDocumentsTable {
  package_id: number;
  kind: string;
  revision: number;
  /** The number of the form it has, and the public URL that the links in it start with. */
  base: string;
  /** SHA-256 of the text, hex. */
  etag: string;
  /** The text under gzip; nothing of a large one, which is a blob. */
  body: Uint8Array;
  blob_sha256: string | null;
  blob_size: number | null;
}

/** Rules of a project for packages whose names match a pattern. */
export interface PackageRulesTable {
  id: Generated<number>;
  project_id: number;
  type: string;
  /** `*` stands for any run of letters. */
  name_pattern: string;
  /** Whether a file that is there may be published again. Null: as its type has it. */
  duplicates: 'allowed' | 'forbidden' | null;
  /** The least role that publishes, and the least that deletes; deploy tokens have none. Null: no limit. */
  push_level: number | null;
  delete_level: number | null;
  created_at: number;
}

/** All packages of one type in a project, or those of one distribution: clients read indexes of it. */
export interface PackageRepositoriesTable {
  id: Generated<number>;
  project_id: number;
  type: string;
  /** The name of the distribution; empty for a type that has one repository in each project. */
  key: string;
  /** Incremented with each change of a package in it: a document made of an older revision is stale. */
  revision: number;
}

/** As `package_documents`, of a repository. */
export interface PackageRepositoryDocumentsTable {
  repository_id: number;
  kind: string;
  revision: number;
  base: string;
  etag: string;
  /** When the text changed last, for `Last-Modified`. */
  modified_at: number;
  body: Uint8Array;
  blob_sha256: string | null;
  blob_size: number | null;
}

/** Derived from the metadata of a version by its type, so that versions are found by an index. */
export interface PackageVersionPropertiesTable {
  version_id: number;
  /** The package of the version. */
  package_id: number;
  name: string;
  value: string;
}

/** Derived from the metadata of a file by its type. */
export interface PackageFilePropertiesTable {
  file_id: number;
  /** The project of the file. */
  project_id: number;
  name: string;
  value: string;
}
