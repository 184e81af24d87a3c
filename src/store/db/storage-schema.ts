import type { Generated } from 'kysely';

/** How much may be stored. */
export interface StorageSchema {
  storage_limits: StorageLimitsTable;
}

/**
 * The storage limit of a project, or of a group or personal namespace with all below it: the bytes that they refer to
 * in the blob stores.
 */
export interface StorageLimitsTable {
  id: Generated<number>;
  /** Exactly one of this and project_id is set. */
  namespace_id: number | null;
  project_id: number | null;
  max_bytes: number;
  /** The stored bytes, or more: additions are added here; deletions are noticed by the recount before a refusal. */
  used_bytes: number;
}
