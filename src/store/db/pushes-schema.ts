import type { Generated } from 'kysely';

/** The journal of pushes. */
export interface PushesSchema {
  pushes: PushesTable;
  ref_updates: RefUpdatesTable;
}

export interface PushesTable {
  id: Generated<number>;
  project_id: number;
  /** As in `audit_events`. */
  actor_kind: string;
  actor_id: number | null;
  actor_name: string;
  ip: string | null;
  request_id: string | null;
  /** The commands as JSON, from the moment the refs may move until their updates are in the journal; then null. */
  pending: string | null;
  created_at: number;
}

/** A ref that a push has created (`old_id` is null), deleted (`new_id` is null) or updated. */
export interface RefUpdatesTable {
  id: Generated<number>;
  push_id: number;
  project_id: number;
  ref: string;
  old_id: string | null;
  new_id: string | null;
  /** The old commit is not in the history of the new one, or a tag has moved. */
  forced: 0 | 1;
}
