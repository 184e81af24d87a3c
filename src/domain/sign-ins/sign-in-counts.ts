import { type Clock, MINUTE } from '../../lib/clock.ts';
import type { Db } from '../../store/db/database.ts';
import * as table from '../../store/tables/sign-in-counts.ts';

/** Failures of one key in the window that they are counted in. */
export interface FailureWindow {
  failures: number;
  /** Milliseconds since 1970. */
  endsAt: number;
}

/** Length of a window, in milliseconds. */
export const SIGN_IN_WINDOW_MS = 10 * MINUTE;

export interface SignInCountsDeps {
  db: Db;
  clock: Clock;
  /** Called with the failure of a sweep, which no request waits for. */
  report: (message: string, error: unknown) => void;
  /** Rows that are kept of failures, and of trust; a sweep deletes the oldest of more. */
  maxRows?: number;
}

/** Rows in one statement: an engine takes a limited number of parameters. */
const BATCH_KEYS = 1_000;

/** Written keys after which the tables are swept, sooner than once a minute. */
const SWEEP_AFTER_KEYS = 1_000;

export type SignInCounts = ReturnType<typeof createSignInCounts>;

/**
 * Counts of failed sign-ins, and the addresses that are trusted with an account, in the database that all nodes share.
 * Concurrent failures are batched: one statement is running, and the failures that arrive in the meantime share the
 * next one.
 */
export function createSignInCounts(deps: SignInCountsDeps) {
  const { db, clock } = deps;
  const batches = createBatches((counts) => write(counts));
  const sweeper = createSweeper(deps);

  const write = async (counts: ReadonlyMap<string, number>): Promise<Map<string, FailureWindow>> => {
    const now = clock();
    const rows = await table.addFailures(db, counts, { now, endsAt: now + SIGN_IN_WINDOW_MS });
    await sweeper.wrote(counts.size);
    return toWindows(rows);
  };

  return {
    /** Counts one failure of each key. @returns their windows, with this failure as the last one. */
    add: (keys: readonly string[]): Promise<Map<string, FailureWindow>> => batches.add(keys),

    /** The windows of these keys that are not over; failures that are being written are in them. */
    async read(keys: readonly string[]): Promise<Map<string, FailureWindow>> {
      const unwritten = keys.map((key) => [key, batches.pending(key)] as const).filter(([, count]) => count > 0);
      const windows = toWindows(await table.findFailures(db, keys, clock()));
      for (const [key, count] of unwritten) {
        const { failures, endsAt } = windows.get(key) ?? { failures: 0, endsAt: clock() + SIGN_IN_WINDOW_MS };
        windows.set(key, { failures: failures + count, endsAt });
      }
      return windows;
    },

    /** Takes the failures of the first key out of its own window and out of those of the others. */
    async forgive(key: string, others: readonly string[]): Promise<void> {
      const failures = await table.takeFailures(db, key, clock());
      if (failures === 0) return;
      for (const other of others) await table.subtractFailures(db, other, failures);
    },

    /** The keys with at least so many failures, `limit` at most: those that failed last. */
    failing: (atLeast: number, limit: number): Promise<string[]> =>
      table.listFailedKeys(db, { now: clock(), atLeast, limit }),

    isTrusted: (key: string): Promise<boolean> => table.isTrusted(db, key, clock()),

    async trust(key: string, until: number): Promise<void> {
      await table.trustSignIns(db, key, until);
      await sweeper.wrote(1);
    },
  };
}

const toWindows = (rows: readonly table.FailureRow[]): Map<string, FailureWindow> =>
  new Map(rows.map(({ key, failures, ends_at }) => [key, { failures, endsAt: ends_at }]));

type Write = (counts: ReadonlyMap<string, number>) => Promise<Map<string, FailureWindow>>;

function createBatches(write: Write) {
  const pending = new Map<string, number>();
  let open: { counts: Map<string, number>; written: ReturnType<Write> } | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const begin = () => {
    const counts = new Map<string, number>();
    const written = last.then(() => {
      if (open?.counts === counts) open = undefined;
      return write(counts);
    });
    last = written.catch(() => {});
    return { counts, written };
  };
  const note = (key: string, change: number) => {
    const count = (pending.get(key) ?? 0) + change;
    if (count > 0) pending.set(key, count);
    else pending.delete(key);
  };

  return {
    pending: (key: string): number => pending.get(key) ?? 0,

    async add(keys: readonly string[]): Promise<Map<string, FailureWindow>> {
      if (!open || open.counts.size >= BATCH_KEYS) open = begin();
      const { counts, written } = open;
      for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
      const before = new Map(keys.map((key) => [key, counts.get(key) ?? 0]));
      for (const key of keys) note(key, 1);
      try {
        return withoutLater(await written, counts, before);
      } finally {
        for (const key of keys) note(key, -1);
      }
    },
  };
}

/** The windows as they were after one failure of a batch, without the failures that joined the batch after it. */
function withoutLater(
  windows: ReadonlyMap<string, FailureWindow>,
  counts: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
): Map<string, FailureWindow> {
  const own = new Map<string, FailureWindow>();
  for (const [key, ordinal] of before) {
    const window = windows.get(key);
    const later = (counts.get(key) ?? 0) - ordinal;
    if (window) own.set(key, { ...window, failures: window.failures - later });
  }
  return own;
}

function createSweeper({ db, clock, report, maxRows = 50_000 }: SignInCountsDeps) {
  let written = 0;
  let next = clock() + MINUTE;

  return {
    async wrote(keys: number): Promise<void> {
      written += keys;
      if (written < SWEEP_AFTER_KEYS && clock() < next) return;
      written = 0;
      next = clock() + MINUTE;
      await table
        .sweepSignIns(db, clock(), maxRows)
        .catch((error) => report('counts of sign-ins could not be swept', error));
    },
  };
}
