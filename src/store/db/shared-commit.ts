import { CompiledQuery } from 'kysely';
import { type Db, inTransaction } from './database.ts';
import { isPostgres } from './migrations/columns.ts';
import { prepared } from './prepared.ts';

/** So long others are let in, in milliseconds; who comes later waits for the next commit. */
const LONGEST_MS = 20;

interface Member {
  /** Runs its work. @returns the function that resolves the caller's promise, once it is committed. */
  work(trx: Db): Promise<() => void>;
  reject(error: unknown): void;
}

/** The queue of writers, for each database. */
const queues = new WeakMap<object, Member[]>();

/**
 * Runs short work in a transaction of its own, as `inTransaction`, that shares its commit with others who want to write
 * at the same time: with SQLite a commit waits for the disk, and all the others wait for that. A resolved promise
 * means committed. Work that throws is undone alone; a commit that fails has failed for all.
 * @param longestMs so long others are let in after the first.
 */
export function inSharedCommit<T>(db: Db, work: (trx: Db) => Promise<T>, longestMs: number = LONGEST_MS): Promise<T> {
  // PostgreSQL writes the log for many connections at once by itself.
  if (db.isTransaction || isPostgres(db)) return inTransaction(db, work);
  return new Promise<T>((resolve, reject) => {
    const member: Member = {
      async work(trx) {
        const value = await work(trx);
        return () => resolve(value);
      },
      reject,
    };
    const { adapter } = db.getExecutor();
    const queue = queues.get(adapter);
    if (queue) {
      queue.push(member);
      return;
    }
    queues.set(adapter, [member]);
    void commitAll(db, longestMs);
  });
}

/** Until nobody waits any more. Never rejects. */
async function commitAll(db: Db, longestMs: number): Promise<void> {
  const { adapter } = db.getExecutor();
  const queue = queues.get(adapter) ?? [];
  for (let first = queue.shift(); first; first = queue.shift()) {
    const members = [first];
    try {
      for (const resolve of await inTransaction(db, (trx) => together(trx, queue, members, longestMs))) resolve();
    } catch (error) {
      for (const { reject } of members) reject(error);
    }
  }
  queues.delete(adapter);
}

/**
 * @param members gets those whose fate is that of the transaction. @returns what tells those of them whose work was
 * done.
 */
async function together(trx: Db, queue: Member[], members: Member[], longestMs: number): Promise<(() => void)[]> {
  const done: (() => void)[] = [];
  const end = performance.now() + longestMs;
  for (let member = members[0]; member; ) {
    const tell = await attempt(trx, member);
    if (tell) done.push(tell);
    if (performance.now() > end) break;
    // A writer that is about to begin need not wait for a commit first.
    if (queue.length === 0) await new Promise(setImmediate);
    member = queue.shift();
    if (member) members.push(member);
  }
  return done;
}

/**
 * @throws what the work threw, when that has ended the transaction for all: SQLite itself does so when the disk is
 * full.
 */
async function attempt(trx: Db, { work, reject }: Member): Promise<(() => void) | null> {
  await savepoint(trx);
  try {
    const tell = await work(trx);
    await release(trx);
    return tell;
  } catch (error) {
    try {
      await rollBack(trx);
      await release(trx);
    } catch {
      throw error;
    }
    reject(error);
    return null;
  }
}

const raw = (sql: string) => prepared<never, []>(() => ({ compile: () => CompiledQuery.raw(sql) }), 0);
const savepoint = raw('savepoint member');
const rollBack = raw('rollback to savepoint member');
const release = raw('release savepoint member');
