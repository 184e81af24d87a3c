import { Database as BunDatabase } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Kysely, sql } from 'kysely';
import { thrown } from '../../../test/support/rejection.ts';
import { scratchFolder } from '../../../test/support/scratch.ts';
import { inTransaction } from './database.ts';
import type { Schema } from './schema.ts';
import { sqliteDialect } from './sqlite.ts';
import type { Db } from './types.ts';

/** A database whose syncs of the log end when the test says so, once `hold` was called. */
async function openHeld(logBytes?: number) {
  const folder = scratchFolder('postern-commit-');
  const file = join(folder, 'db.sqlite');
  const syncs: PromiseWithResolvers<number>[] = [];
  let held = false;
  const sync = () => {
    const next = Promise.withResolvers<number>();
    if (held) syncs.push(next);
    else next.resolve(statSync(`${file}-wal`).size);
    return next.promise;
  };
  const db: Db = new Kysely<Schema>({
    dialect: sqliteDialect(file, { log: { sync, close: async () => {} }, logBytes }),
  });
  await sql`create table t (name text primary key)`.execute(db);
  const beside = new BunDatabase(file, { readonly: true });
  return {
    db,
    file,
    syncs,
    hold: () => {
      held = true;
    },
    /** The rows that are committed, as another process reads them. */
    committed: () =>
      beside
        .query('select name from t order by name')
        .values()
        .map(([name]) => name),
    async [Symbol.asyncDispose]() {
      beside.close();
      await db.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const insert = (db: Db, name: string) => sql`insert into t values (${name})`.execute(db);

/** Long enough for everything that does not wait for the disk. */
async function someTurns(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise(setImmediate);
}

function recording<T>(done: string[], name: string, work: Promise<T>): Promise<void> {
  return work.then(
    () => void done.push(name),
    (error: Error) => void done.push(`${name}: ${error.message}`),
  );
}

test('transactions that run at once commit without a wait, and all of them are acknowledged after one sync', async () => {
  await using opened = await openHeld();
  const { db, syncs, committed, hold } = opened;
  hold();
  const done: string[] = [];
  const names = Array.from({ length: 20 }, (_, i) => `n${String(i).padStart(2, '0')}`);
  const all = names.map((name) =>
    recording(
      done,
      name,
      inTransaction(db, (trx) => insert(trx, name)),
    ),
  );
  await someTurns();
  expect(committed()).toContain('n00');
  expect(done).toEqual([]);
  let ended = 0;
  for (; ended < syncs.length; ended++) {
    syncs[ended]?.resolve(0);
    await someTurns();
  }
  await Promise.all(all);
  expect(done.toSorted()).toEqual(names);
  expect(ended).toBeLessThanOrEqual(2);
});

test('a statement outside a transaction waits, a refusal that may depend on a commit waits, and a read does not', async () => {
  await using opened = await openHeld();
  const { db, syncs, hold } = opened;
  hold();
  const done: string[] = [];
  const refuse = () => inTransaction(db, () => Promise.reject(new Error('it is there')));
  const all = [recording(done, 'insert', insert(db, 'a')), recording(done, 'refused', refuse())];
  const { rows } = await sql<{ name: string }>`select name from t`.execute(db);
  expect(rows).toEqual([{ name: 'a' }]);
  await someTurns();
  expect(done).toEqual([]);
  syncs[0]?.resolve(0);
  await Promise.all(all);
  expect(done.toSorted()).toEqual(['insert', 'refused: it is there']);
  expect(syncs).toHaveLength(1);
});

test('a transaction that is rolled back causes no sync', async () => {
  await using opened = await openHeld();
  const { db, syncs, hold, committed } = opened;
  hold();
  const work = async (trx: Db) => {
    await insert(trx, 'a');
    throw new Error('no');
  };
  expect(await thrown(inTransaction(db, work))).toThrow('no');
  expect(committed()).toEqual([]);
  expect(syncs).toHaveLength(0);
});

test('after a sync that failed, writes are refused with its error', async () => {
  await using opened = await openHeld();
  const { db, syncs, hold, committed } = opened;
  hold();
  const done: string[] = [];
  const first = recording(done, 'a', insert(db, 'a'));
  await someTurns();
  syncs[0]?.reject(new Error('EIO'));
  await first;
  await recording(
    done,
    'b',
    inTransaction(db, (trx) => insert(trx, 'b')),
  );
  await recording(done, 'c', insert(db, 'c'));
  expect(done).toEqual(['a: EIO', 'b: EIO', 'c: EIO']);
  expect(committed()).toEqual(['a']);
  expect(syncs).toHaveLength(1);
});

test('a log that has grown is emptied by a checkpoint, and writes during the checkpoint are kept', async () => {
  const bytes = 200_000;
  await using opened = await openHeld(bytes);
  const { db, file, committed } = opened;
  const log = () => statSync(`${file}-wal`).size;
  let written = 0;
  let most = 0;
  // Whatever the threads do: until the log is shorter than it was.
  for (; most < bytes || log() >= most; written++) {
    await insert(db, String(written).padStart(6, '0'));
    most = Math.max(most, log());
  }
  expect(committed()).toHaveLength(written);
  expect((await sql<{ ok: string }>`pragma quick_check`.execute(db)).rows).toEqual([{ quick_check: 'ok' } as never]);
});

test('on a full disk a write that is acknowledged is there', async () => {
  await using opened = await openHeld();
  const { db, committed } = opened;
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db);
  await sql`pragma max_page_count = ${sql.lit((rows[0]?.page_count ?? 0) + 5)}`.execute(db);
  const names = ['a', 'b', 'x'.repeat(1_000_000), 'c', 'd'];
  const write = (name: string) =>
    inTransaction(db, async (trx) => {
      await insert(trx, name);
      return name;
    });
  const answers = await Promise.allSettled(names.map(write));
  const written = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  expect(answers[2]).toMatchObject({ status: 'rejected', reason: { code: 'SQLITE_FULL' } });
  expect(committed()).toEqual(written);
  expect(written).toEqual(['a', 'b', 'c', 'd']);
});
