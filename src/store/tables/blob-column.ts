import type { RawBuilder } from 'kysely';

/** Where bytes are stored: in one of the two blob stores, or in the database itself. */
export type BlobPlace = 'files' | 'images' | 'database';

/** The figures of the storage statistics. */
export type StorageKind = 'images' | 'packages' | 'lfs';

/**
 * A column that names a blob. The collector keeps every blob that such a column names; quotas and statistics count it
 * for the project that the row belongs to. In SQL the row is `c`.
 */
export interface BlobColumn {
  readonly store: BlobPlace;
  readonly table: string;
  /** Holds the SHA-256 of the blob in hex; of bytes in the database, their digest. */
  readonly column: string;
  /**
   * The figure that counts it, and the column with its size in bytes. Null: made of other content, and counted by no
   * quota.
   */
  readonly counted: { readonly kind: StorageKind; readonly size: string } | null;
  /**
   * Set where one row serves many projects, by rows of another table with the same value in the column `on`. A row
   * without such a link is garbage: the collector deletes it with its blob.
   */
  readonly links: BlobLinks | null;
  /** How to get the project id from `r`: the link, or the row itself where there are no links. */
  readonly project: {
    /** Joins from `r` onwards. */
    readonly joins: RawBuilder<unknown>;
    readonly id: RawBuilder<unknown>;
  };
}

export interface BlobLinks {
  readonly table: string;
  readonly on: string;
  /** Whether the link `r` is to be removed by a run of the collector with this cutoff, milliseconds since 1970. */
  isStale?(cutoff: number): RawBuilder<boolean>;
}
