import { MINUTE, SECOND } from '../../lib/clock.ts';
import type { Db } from '../../store/db/database.ts';
import * as table from '../../store/tables/tasks.ts';
import { backoffMs, jitter } from './backoff.ts';
import { describeError } from './describe-error.ts';

export type { TaskKey, TaskOutcome } from '../../store/tables/tasks.ts';

/** How long a lease holds without being renewed: a task whose process died is taken over after this time. */
export const LEASE_MS = MINUTE;
/** How often a lease is renewed. Two renewals may fail before the run is ended. */
export const RENEW_MS = 15 * SECOND;
/** A request waits this long for more of its kind. */
const DEBOUNCE_MS = 5 * MINUTE;

/** How many due tasks are looked at for one that no other server takes first. */
const CANDIDATES = 10;

/** The right to run a task, until the lease ends or is given back. */
export interface TaskLease extends table.TaskKey {
  /** The id of this run. */
  readonly owner: string;
  /** When the task was due. */
  readonly dueAt: number;
  /** Failures in a row before this run. */
  readonly failures: number;
  /** How many requests there were when the run began. */
  readonly requests: number;
  /** The state kept by the last run. */
  readonly state: unknown;
}

/** The request of a run. */
export interface TaskResult {
  /** When to run again, in milliseconds since 1970; null: when it is requested. */
  nextAt: number | null;
  /** When to run again if the task was requested during the run. */
  requestedNextAt?: number;
  /** A JSON value for the next run; undefined: as it was. */
  state?: unknown;
  /** The subject is gone: the task goes too. */
  gone?: boolean;
}

/** The tasks of one kind, for metrics and the health page. */
export interface TaskKindStatus extends Omit<table.TaskCounts, 'succeeded_at'> {
  /** Milliseconds since the latest successful run of any of them. */
  sinceSuccessMs: number | null;
}

/** When a recurring task runs. */
export interface Recurrence {
  intervalMs: number | null;
  firstMs: number;
  atStart?: boolean;
}

/** A task, as it is listed. Times are milliseconds since 1970. */
export interface Task extends table.TaskKey {
  running: boolean;
  dueAt: number | null;
  startedAt: number | null;
  endedAt: number | null;
  succeededAt: number | null;
  outcome: table.TaskOutcome | null;
  error: string | null;
  failures: number;
}

export interface TasksDeps {
  db: Db;
  /** The database's time in milliseconds since 1970: the one clock that all servers share. */
  databaseTime: () => Promise<number>;
  random?: () => number;
}

export type Tasks = ReturnType<typeof createTasks>;

/**
 * The table of background tasks: what is due, who runs it, how it ended. A task runs once in a cluster: a run takes a
 * lease, renews it while it works, and gives it back. All times are the database's, so that servers whose clocks differ
 * agree.
 */
export const createTasks = (deps: TasksDeps) => ({
  now: deps.databaseTime,
  ...createPlan(deps),
  ...createLeases(deps),
  ...createListing(deps),
});

function createPlan({ db, databaseTime, random = Math.random }: TasksDeps) {
  return {
    /**
     * Asks for a run soon, at most once in an interval: requests are debounced, and one during a run leads to another
     * run.
     * @param everyMs the least time between two runs, in milliseconds.
     */
    async request(key: table.TaskKey, everyMs: number): Promise<void> {
      await table.requestTask(db, key, (await databaseTime()) + DEBOUNCE_MS, everyMs);
    },

    /**
     * Plans a recurring task, or takes it out of the plan.
     * @param intervalMs null: never.
     * @param firstMs until the first run.
     * @param atStart due now, whenever it was due before.
     */
    async plan(kind: string, { intervalMs, firstMs, atStart = false }: Recurrence): Promise<void> {
      if (intervalMs === null) return table.unplanTasks(db, kind);
      const now = await databaseTime();
      const firstAt = now + jitter(Math.min(firstMs, intervalMs), random());
      const latestAt = atStart ? now : now + intervalMs;
      await table.planTask(db, { kind, subject: 0 }, { firstAt, latestAt });
    },

    /** When a task that was due at `dueAt` is due next. Missed runs are skipped. */
    async nextAfter(dueAt: number, intervalMs: number): Promise<number> {
      const now = await databaseTime();
      const next = dueAt + intervalMs;
      return next > now ? next : now + jitter(intervalMs, random());
    },
  };
}

function createLeases({ db, databaseTime, random = Math.random }: TasksDeps) {
  const settle = async (
    { kind, subject, owner, requests }: TaskLease,
    outcome: table.TaskOutcome,
    end: Pick<table.Settlement, 'dueAt'> & Partial<table.Settlement>,
  ): Promise<boolean> => {
    const always = { owner, requests, endedAt: await databaseTime(), outcome, error: null, attempts: 0 };
    return table.settleTask(db, { kind, subject }, { ...always, ...end });
  };

  return {
    /** Takes the lease of the task that is due the longest. @returns null when nothing of these kinds is due. */
    async claimDue(kinds: readonly string[]): Promise<TaskLease | null> {
      if (kinds.length === 0) return null;
      const now = await databaseTime();
      for (const row of await table.findDueTasks(db, kinds, now, CANDIDATES)) {
        const lease = await take(db, row, row, now, { onlyDue: true });
        if (lease) return lease;
      }
      return null;
    },

    /** Takes the lease of a task whether it is due or not. @returns null when it runs already. */
    async claim(key: table.TaskKey): Promise<TaskLease | null> {
      const now = await databaseTime();
      await table.planTask(db, key, { firstAt: now, latestAt: now });
      return take(db, key, { due_at: now, attempts: 0 }, now, { onlyDue: false });
    },

    /** @returns whether this run still has the lease; if not, it must end. */
    async renew(lease: TaskLease): Promise<boolean> {
      const until = (await databaseTime()) + LEASE_MS;
      return table.renewLease(db, lease, { owner: lease.owner, until, retryAt: until + backoffMs(lease.failures) });
    },

    /** Records a run that ended well. @returns whether the run still had the lease. */
    async done(lease: TaskLease, result: TaskResult): Promise<boolean> {
      const { nextAt, requestedNextAt, state, gone = false } = result;
      const ended = await settle(lease, 'done', {
        dueAt: nextAt,
        ...(requestedNextAt === undefined ? {} : { requestedDueAt: requestedNextAt }),
        ...(state === undefined ? {} : { state: JSON.stringify(state) }),
      });
      if (ended && gone) await table.deleteTask(db, lease);
      return ended;
    },

    /** Records a failure: the task is tried again after a back-off. @returns whether the run still had the lease. */
    async failed(lease: TaskLease, error: unknown): Promise<boolean> {
      const failures = lease.failures + 1;
      const dueAt = (await databaseTime()) + jitter(backoffMs(failures), random());
      return settle(lease, 'failed', { dueAt, attempts: failures, error: describeError(error) });
    },

    /**
     * Hands the lease back before the work is done: the task is due at once, for another server or the next start.
     * @returns whether the run still had the lease.
     */
    async release(lease: TaskLease): Promise<boolean> {
      return settle(lease, 'stopped', { dueAt: await databaseTime(), attempts: lease.failures });
    },
  };
}

const createListing = ({ db, databaseTime }: TasksDeps) => ({
  /** Running tasks first, then those without subjects, those that failed, and the others as they are due. */
  async list(limit: number): Promise<Task[]> {
    const now = await databaseTime();
    return (await table.listTasks(db, limit)).map((row) => toTask(row, now));
  },

  /** How many of each kind are due, run and failed. */
  async counts(): Promise<TaskKindStatus[]> {
    const now = await databaseTime();
    return (await table.countTasks(db, now)).map(({ succeeded_at, ...counts }) => ({
      ...counts,
      sinceSuccessMs: succeeded_at === null ? null : now - succeeded_at,
    }));
  },
});

async function take(
  db: Db,
  { kind, subject }: table.TaskKey,
  { due_at, attempts }: Pick<table.TaskRow, 'due_at' | 'attempts'>,
  now: number,
  which: { onlyDue: boolean },
): Promise<TaskLease | null> {
  const until = now + LEASE_MS;
  const owner = crypto.randomUUID();
  const retryAt = until + backoffMs(attempts);
  const row = await table.takeLease(db, { kind, subject }, { owner, now, until, retryAt }, which);
  if (!row) return null;
  const { requests, state } = row;
  const failures = row.attempts - 1;
  return {
    kind,
    subject,
    owner,
    dueAt: due_at ?? now,
    failures,
    requests,
    state: state === null ? null : JSON.parse(state),
  };
}

function toTask(row: table.TaskRow, now: number): Task {
  const { kind, subject, due_at, started_at, ended_at, succeeded_at, outcome, error } = row;
  const running = row.owner !== null && (row.lease_until ?? 0) > now;
  return {
    kind,
    subject,
    running,
    dueAt: running ? null : due_at,
    startedAt: started_at,
    endedAt: ended_at,
    succeededAt: succeeded_at,
    outcome,
    error,
    failures: running ? Math.max(0, row.attempts - 1) : row.attempts,
  };
}
