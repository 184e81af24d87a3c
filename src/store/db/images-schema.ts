import type { Generated } from 'kysely';

/** The tables of the container registry. */
export interface ImagesSchema {
  images: ImagesTable;
  image_contents: ImageContentsTable;
  image_blobs: ImageBlobsTable;
  image_manifests: ImageManifestsTable;
  image_manifest_blobs: ImageManifestBlobsTable;
  image_manifest_entries: ImageManifestEntriesTable;
  image_tags: ImageTagsTable;
  image_cleanup_policies: ImageCleanupPoliciesTable;
  unreferenced_manifests: UnreferencedManifestsTable;
}

/** A repository of container images. Its name is its project's path of today and `path`, which may be empty. */
export interface ImagesTable {
  id: Generated<number>;
  project_id: number;
  path: string;
  created_at: number;
}

/** A blob in the store for images, once for all images, under each digest that clients pushed it by. */
export interface ImageContentsTable {
  /** `sha256:…` or `sha512:…`. */
  digest: string;
  /** The name in the blob store. */
  sha256: string;
  size: number;
  created_at: number;
}

/** A blob can be read through the images that it is linked to, and no other. */
export interface ImageBlobsTable {
  image_id: number;
  digest: string;
  /** When it was last pushed, mounted or asked for: a push may be about to refer to it. */
  touched_at: number;
}

export interface ImageManifestsTable {
  id: Generated<number>;
  image_id: number;
  digest: string;
  media_type: string;
  size: number;
  /** Digest of the manifest that it says something about: a signature's image. */
  subject: string | null;
  artifact_type: string | null;
  config_digest: string | null;
  /** Size of its configuration and layers in bytes. */
  image_size: number;
  created_at: number;
  /** A JSON object. */
  annotations: string | null;
  /** The very bytes that were pushed. */
  body: Uint8Array;
}

/** Which blobs a manifest needs; a foreign key keeps them linked. */
export interface ImageManifestBlobsTable {
  manifest_id: number;
  image_id: number;
  digest: string;
}

/** Which manifests an index lists. Entries that are blobs are in `image_manifest_blobs`. */
export interface ImageManifestEntriesTable {
  index_id: number;
  manifest_id: number;
}

export interface ImageTagsTable {
  image_id: number;
  name: string;
  manifest_id: number;
  updated_at: number;
}

/** When and how the tags of a project's images are deleted. A project without a row has the defaults. */
export interface ImageCleanupPoliciesTable {
  project_id: number;
  /** Counts the changes: a run ends when the policy has been changed. */
  revision: number;
  enabled: 0 | 1;
  /** A period such as `7d`; so is `older_than`. */
  cadence: string;
  keep_n: number | null;
  older_than: string | null;
  name_regex: string | null;
  name_regex_keep: string | null;
  /** Days after which manifests are deleted that nothing refers to. Null: the default of the server; 0: never. */
  untagged_days: number | null;
  next_run_at: number | null;
}

/** Manifests that nothing refers to, as the last sweep found. */
export interface UnreferencedManifestsTable {
  manifest_id: number;
  since: number;
}
