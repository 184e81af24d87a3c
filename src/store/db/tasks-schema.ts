/** Background tasks. */
export interface TasksSchema {
  tasks: TasksTable;
}

/** One row for each kind and subject. Its times are those of the database's clock. */
export interface TasksTable {
  kind: string;
  /** The id of what the task works on, a project for example; 0 for a kind that has no subjects. */
  subject: number;
  /** Null: not planned. While the task runs: when to try again if its process dies. */
  due_at: number | null;
  /** Counts requests, so that one that arrives during a run is not lost. */
  requests: number;
  /** Runs since the last success, the current one included. */
  attempts: number;
  /** The id of the current run; null: the task does not run. */
  owner: string | null;
  lease_until: number | null;
  /** Of the last run. */
  started_at: number | null;
  ended_at: number | null;
  /** When the last successful run ended. */
  succeeded_at: number | null;
  outcome: TaskOutcome | null;
  /** Why the last run failed. Holds no secret. */
  error: string | null;
  /** A JSON value that the kind keeps from one run to the next. */
  state: string | null;
}

/** `stopped`: handed back because the server was stopping. */
export type TaskOutcome = 'done' | 'failed' | 'stopped';
