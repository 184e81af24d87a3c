import type { Generated } from 'kysely';

/** How much may be stored. */
export interface StorageSchema {
  storage_limits: StorageLimitsTable;
}

/**
 * What a project, or a group or personal namespace with all below it, may store at most: what it refers to in the blob
 * stores.
 */
export interface StorageLimitsTable {
  id: Generated<number>;
  /** Exactly one of this and project_id is set. */
  namespace_id: number | null;
  project_id: number | null;
  max_bytes: number;
  /** What it stores, or more: what is added is added here, and what goes is found out when there is no room left. */
  used_bytes: number;
}
