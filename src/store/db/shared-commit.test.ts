import { Database as BunDatabase } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { sql } from 'kysely';
import { startApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { thrown } from '../../../test/support/rejection.ts';
import type { Db } from './database.ts';
import { inSharedCommit } from './shared-commit.ts';

/** However busy the machine is, all of them are let in. */
const A_WHILE = 60_000;

/** Writes a row that is alone of its name, and says so. */
const write = (db: Db, groupId: number, name: string) =>
  inSharedCommit(db, async (trx) => {
    const row = { project_id: null, namespace_id: groupId, max_bytes: Number(name), used_bytes: 0 };
    await trx.deleteFrom('storage_limits').where('namespace_id', '=', groupId).execute();
    await trx.insertInto('storage_limits').values(row).execute();
    return name;
  });

const limits = async (db: Db) =>
  (await db.selectFrom('storage_limits').select('max_bytes').orderBy('max_bytes').execute()).map(
    (row) => row.max_bytes,
  );

onEachEngine('a shared commit', (engine) => {
  test('of many concurrent ones all are written but those that throw, and each gets its own result', async () => {
    await using app = await startApp(engine);
    const groups = await Promise.all(Array.from({ length: 100 }, () => app.seed.group()));
    const answers = await Promise.allSettled(
      groups.map(({ id }, i) =>
        inSharedCommit(app.db, async (trx) => {
          const answer = await write(trx, id, String(i));
          if (i % 3 === 0) throw new Error(`not ${i}`);
          return answer;
        }),
      ),
    );
    const kept = groups.map((_, i) => i).filter((i) => i % 3 !== 0);
    expect(await limits(app.db)).toEqual(kept);
    const results = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason.message));
    expect(results).toEqual(groups.map((_, i) => (i % 3 === 0 ? `not ${i}` : String(i))));
  });

  test('one that comes later is written too, also after one that failed', async () => {
    await using app = await startApp(engine);
    const { id } = await app.seed.group();
    const failing = inSharedCommit(app.db, () => Promise.reject(new Error('no')));
    expect(await thrown(failing)).toThrow('no');
    expect(await write(app.db, id, '1')).toBe('1');
    expect(await write(app.db, id, '2')).toBe('2');
    expect(await limits(app.db)).toEqual([2]);
  });
});

test('with SQLite those who write at once share a commit', async () => {
  await using app = await startApp('sqlite');
  const groups = await Promise.all(Array.from({ length: 20 }, () => app.seed.group()));
  // It changes when another connection has committed. https://www.sqlite.org/pragma.html#pragma_data_version
  using beside = new BunDatabase(app.path('postern.sqlite'), { readonly: true });
  const commits = () => JSON.stringify(beside.query('pragma data_version').get());
  const before = commits();
  const seen = await Promise.all(
    groups.map(({ id }, i) =>
      inSharedCommit(app.db, async (trx) => [commits(), await write(trx, id, String(i))], A_WHILE),
    ),
  );
  expect(new Set(seen.map(([version]) => version))).toEqual(new Set([before]));
  expect(commits()).not.toBe(before);
});

test('with SQLite a commit that fails has failed for all of it, and nothing is written', async () => {
  await using app = await startApp('sqlite');
  const groups = await Promise.all([1, 2, 3].map(() => app.seed.group()));
  const answers = await Promise.allSettled(
    groups.map(({ id }, i) =>
      inSharedCommit(
        app.db,
        async (trx) => {
          // The commit finds the missing reference.
          await sql`pragma defer_foreign_keys = on`.execute(trx);
          await write(trx, i === 1 ? 99_999 : id, String(i));
        },
        A_WHILE,
      ),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(await limits(app.db)).toEqual([]);
  expect(await write(app.db, groups[0]?.id ?? 0, '7')).toBe('7');
});

test('with SQLite, on a full disk, a write that is acknowledged is there', async () => {
  await using app = await startApp('sqlite');
  const groups = await Promise.all(Array.from({ length: 9 }, () => app.seed.group()));
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(app.db);
  await sql`pragma max_page_count = ${sql.lit((rows[0]?.page_count ?? 0) + 5)}`.execute(app.db);
  const answers = await Promise.allSettled(
    groups.map(({ id }, i) =>
      inSharedCommit(app.db, async (trx) => {
        await write(trx, id, String(i));
        if (i === 4) await sql`update namespaces set name = ${'x'.repeat(1_000_000)} where id = ${id}`.execute(trx);
        return i;
      }),
    ),
  );
  const results = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  expect(answers[4]).toMatchObject({ status: 'rejected', reason: { code: 'SQLITE_FULL' } });
  expect(await limits(app.db)).toEqual(results);
});
