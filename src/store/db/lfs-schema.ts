import type { Generated } from 'kysely';

/** The tables of Git LFS. */
export interface LfsSchema {
  lfs_objects: LfsObjectsTable;
  lfs_links: LfsLinksTable;
  lfs_locks: LfsLocksTable;
}

export interface LfsObjectsTable {
  oid: string;
  size: number;
  created_at: number;
}

/** An LFS object can be read through the projects that it is linked to, and no other. */
export interface LfsLinksTable {
  project_id: number;
  oid: string;
  created_at: number;
}

export interface LfsLocksTable {
  id: Generated<number>;
  project_id: number;
  path: string;
  ref: string | null;
  user_id: number;
  created_at: number;
}
