import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import { isPostgres } from '../db/migrations/columns.ts';

/** Failures in a window that ends at `ends_at`, milliseconds since 1970. */
export interface FailureRow {
  key: string;
  failures: number;
  ends_at: number;
}

/**
 * Adds failures to the windows of these keys; a window that is over begins again.
 * @param counts failures to add, by key; not empty.
 * @returns the windows as they are now.
 */
export function addFailures(
  db: Db,
  counts: ReadonlyMap<string, number>,
  { now, endsAt }: { now: number; endsAt: number },
): Promise<FailureRow[]> {
  // In one order, so that two transactions never wait for each other.
  const keys = [...counts.keys()].sort();
  const rows = keys.map((key) => ({ key, failures: counts.get(key) ?? 0, ends_at: endsAt, failed_at: now }));
  const over = sql<boolean>`sign_in_failures.ends_at <= ${now}`;
  return db
    .insertInto('sign_in_failures')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet({
        failures: sql`case when ${over} then excluded.failures else sign_in_failures.failures + excluded.failures end`,
        ends_at: sql`case when ${over} then excluded.ends_at else sign_in_failures.ends_at end`,
        failed_at: sql`excluded.failed_at`,
      }),
    )
    .returning(['key', 'failures', 'ends_at'])
    .execute();
}

/** The windows of these keys that are not over. */
export async function findFailures(db: Db, keys: readonly string[], now: number): Promise<FailureRow[]> {
  if (keys.length === 0) return [];
  return db
    .selectFrom('sign_in_failures')
    .select(['key', 'failures', 'ends_at'])
    .where('key', 'in', keys)
    .where('ends_at', '>', now)
    .execute();
}

/** The keys with at least so many failures in a window that is not over, `limit` at most. */
export async function listFailedKeys(
  db: Db,
  { now, atLeast, limit }: { now: number; atLeast: number; limit: number },
): Promise<string[]> {
  const rows = await db
    .selectFrom('sign_in_failures')
    .select('key')
    .where('ends_at', '>', now)
    .where('failures', '>=', atLeast)
    .orderBy('failed_at', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ key }) => key);
}

/** Ends the window of a key. @returns the failures that were in it; 0 when it is over, or another node has ended it. */
export async function takeFailures(db: Db, key: string, now: number): Promise<number> {
  const rows = await db
    .deleteFrom('sign_in_failures')
    .where('key', '=', key)
    .returning(['failures', 'ends_at'])
    .execute();
  return rows.find((row) => row.ends_at > now)?.failures ?? 0;
}

/** Takes failures out of the window of a key. */
export async function subtractFailures(db: Db, key: string, failures: number): Promise<void> {
  await db
    .updateTable('sign_in_failures')
    .set((eb) => ({ failures: eb('failures', '-', failures) }))
    .where('key', '=', key)
    .execute();
  await db.deleteFrom('sign_in_failures').where('key', '=', key).where('failures', '<=', 0).execute();
}

export async function isTrusted(db: Db, key: string, now: number): Promise<boolean> {
  const row = await db
    .selectFrom('trusted_sign_ins')
    .select('key')
    .where('key', '=', key)
    .where('trusted_until', '>', now)
    .executeTakeFirst();
  return row !== undefined;
}

export async function trustSignIns(db: Db, key: string, until: number): Promise<void> {
  await db
    .insertInto('trusted_sign_ins')
    .values({ key, trusted_until: until })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ trusted_until: until }))
    .execute();
}

/**
 * Deletes the windows and the trust that are over, then the oldest rows of each table while it has more than `most`.
 */
export async function sweepSignIns(db: Db, now: number, most: number): Promise<void> {
  await deleteKeys(db, FAILURES, sql`where ends_at <= ${now} order by key`);
  await deleteKeys(db, TRUST, sql`where trusted_until <= ${now} order by key`);
  await deleteSurplus(db, FAILURES, sql`failed_at`, most);
  await deleteSurplus(db, TRUST, sql`trusted_until`, most);
}

const FAILURES = sql.table('sign_in_failures');
const TRUST = sql.table('trusted_sign_ins');

async function deleteSurplus(db: Db, table: RawBuilder<unknown>, age: RawBuilder<unknown>, most: number) {
  const { rows } = await sql<{ count: number | string }>`select count(*) as count from ${table}`.execute(db);
  const surplus = Number(rows[0]?.count) - most;
  if (surplus > 0) await deleteKeys(db, table, sql`order by ${age}, key limit ${surplus}`);
}

/** Skips the rows that another transaction holds, so that no sweep and no count ever wait for each other. */
async function deleteKeys(db: Db, table: RawBuilder<unknown>, which: RawBuilder<unknown>): Promise<void> {
  const skip = isPostgres(db) ? sql`for update skip locked` : sql``;
  await sql`delete from ${table} where key in (select key from ${table} ${which} ${skip})`.execute(db);
}

/** How many rows there are, of failures and of trust. */
export async function countSignIns(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number | string }>`
    select (select count(*) from ${FAILURES}) + (select count(*) from ${TRUST}) as count`.execute(db);
  return Number(rows[0]?.count);
}
