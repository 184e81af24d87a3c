import type { RunTask } from '../domain/tasks/run-task.ts';

/** A kind of background task, as data. */
export interface TaskKind {
  kind: string;
  run: RunTask;
  /** Set for a kind without subjects: it recurs by itself, and what `run` says of the next run is not looked at. */
  recurs?: {
    /** From one due time to the next, in milliseconds; null: never. */
    intervalMs: number | null;
    /** Until the first run on a new server. */
    firstMs: number;
    /** Due whenever a server starts. */
    atStart?: boolean;
  };
  /** Set where every run is short: long tasks leave a slot free for kinds that have it. */
  short?: boolean;
  /** Runs only when an administrator asks for it. */
  manual?: boolean;
}

/** The program's log, as far as tasks need it. */
export interface TaskLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
