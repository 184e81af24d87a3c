import { unavailable } from '../../lib/errors.ts';
import { createSemaphore, type Semaphore } from '../../lib/semaphore.ts';
import type { Db } from '../../store/db/database.ts';

/** Under one limit they follow one another: more at once would only hold connections that others need. */
const LIMITS = {
  atOnce: 4,
  queue: 1_000,
  queueTimeoutMs: 10_000,
  busy: () => unavailable('Too many uploads under the same storage limit at the moment. Try again.', 5),
};

/** One memory for each database: limits of two have the same ids. */
const queuesOf = new WeakMap<Db, Map<number, Semaphore>>();

/**
 * Waits for a turn under each of these limits, before anything of the database is held.
 * @param limits in the order of their ids, so that no two wait for each other.
 * @returns what ends the turns.
 * @throws PosternError `unavailable` when too many wait, or for too long.
 */
export async function enterQuotaQueue(db: Db, limits: readonly { id: number }[]): Promise<() => void> {
  const left: (() => void)[] = [];
  const leave = () => {
    for (const each of left) each();
  };
  try {
    for (const { id } of limits) left.push(await enterOne(db, id));
  } catch (error) {
    leave();
    throw error;
  }
  return leave;
}

async function enterOne(db: Db, id: number): Promise<() => void> {
  const all = queuesOf.get(db) ?? new Map<number, Semaphore>();
  queuesOf.set(db, all);
  const turns = all.get(id) ?? createSemaphore(LIMITS);
  all.set(id, turns);
  const leave = await turns.enter();
  return () => {
    leave();
    // Nobody is there: it is made again when somebody comes.
    if (turns.counts().running === 0) all.delete(id);
  };
}
