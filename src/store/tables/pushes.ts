import type { Insertable, Selectable } from 'kysely';
import type { Db } from '../db/database.ts';
import type { PushesTable, RefUpdatesTable } from '../db/pushes-schema.ts';

export type PushRow = Selectable<PushesTable>;

/** Writes a push whose refs may move from now on. @returns its id. */
export async function insertPush(db: Db, row: Insertable<PushesTable>): Promise<number> {
  const { id } = await db.insertInto('pushes').values(row).returning('id').executeTakeFirstOrThrow();
  return Number(id);
}

/**
 * Pushes whose updates are not in the journal yet, in the order of their ids, without their commands: of one push these
 * may be megabytes.
 * @param after only those with a higher id.
 */
export function listPendingPushes(db: Db, after: number, limit: number): Promise<Pick<PushRow, 'id' | 'project_id'>[]> {
  return db
    .selectFrom('pushes')
    .select(['id', 'project_id'])
    .where('pending', 'is not', null)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** A push whose updates are not in the journal yet; undefined when they are. */
export function findPendingPush(db: Db, id: number): Promise<PushRow | undefined> {
  return db.selectFrom('pushes').selectAll().where('id', '=', id).where('pending', 'is not', null).executeTakeFirst();
}

/** The ids of projects with a push up to this id whose updates are not in the journal yet. */
export async function listPendingProjects(db: Db, upTo: number): Promise<number[]> {
  const query = db.selectFrom('pushes').select('project_id').distinct();
  const rows = await query.where('pending', 'is not', null).where('id', '<=', upTo).execute();
  return rows.map(({ project_id }) => project_id);
}

/** @returns whether the push was pending. */
export async function endPending(db: Db, id: number): Promise<boolean> {
  const result = await db
    .updateTable('pushes')
    .set({ pending: null })
    .where('id', '=', id)
    .where('pending', 'is not', null)
    .executeTakeFirst();
  return (result.numUpdatedRows ?? 0n) > 0n;
}

/** Removes a push that changed nothing. */
export async function deletePush(db: Db, id: number): Promise<void> {
  await db.deleteFrom('pushes').where('id', '=', id).execute();
}

/** PostgreSQL takes 65,535 parameters in a statement, SQLite 32,766. */
const ROWS_AT_ONCE = 1000;

/** Writes updates of refs. Those of this push that are in the journal already stay as they are. */
export async function insertRefUpdates(db: Db, rows: readonly Insertable<RefUpdatesTable>[]): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    await db
      .insertInto('ref_updates')
      .values(rows.slice(from, from + ROWS_AT_ONCE))
      .onConflict((conflict) => conflict.columns(['push_id', 'ref']).doNothing())
      .execute();
  }
}

/** An update of a ref, and the push that it was part of. */
export interface JournalRow extends Omit<Selectable<RefUpdatesTable>, 'forced'> {
  forced: number;
  actor_kind: string;
  actor_id: number | null;
  actor_name: string;
  ip: string | null;
  request_id: string | null;
  created_at: number;
}

/**
 * The updates of a project's refs, the newest first. @param before only those with a lower id; null: from the newest
 * on.
 */
export function listRefUpdates(db: Db, projectId: number, before: number | null, limit: number): Promise<JournalRow[]> {
  let query = db
    .selectFrom('ref_updates as r')
    .innerJoin('pushes as p', 'p.id', 'r.push_id')
    .select(['r.id', 'r.push_id', 'r.project_id', 'r.ref', 'r.old_id', 'r.new_id', 'r.forced'])
    .select(['p.actor_kind', 'p.actor_id', 'p.actor_name', 'p.ip', 'p.request_id', 'p.created_at'])
    .where('r.project_id', '=', projectId);
  if (before !== null) query = query.where('r.id', '<', before);
  return query.orderBy('r.id', 'desc').limit(limit).execute();
}

/** For each ref that a later push than this one has updated: the first of those updates. */
export async function listNextUpdates(
  db: Db,
  projectId: number,
  pushId: number,
  refs: readonly string[],
): Promise<Pick<JournalRow, 'ref' | 'old_id'>[]> {
  const rows: Pick<JournalRow, 'ref' | 'old_id'>[] = [];
  for (let from = 0; from < refs.length; from += ROWS_AT_ONCE) {
    const firsts = db
      .selectFrom('ref_updates')
      .select((eb) => ['ref', eb.fn.min('push_id').as('push_id')])
      .where('project_id', '=', projectId)
      .where('push_id', '>', pushId)
      .where('ref', 'in', refs.slice(from, from + ROWS_AT_ONCE))
      .groupBy('ref')
      .as('firsts');
    const found = await db
      .selectFrom('ref_updates as r')
      .innerJoin(firsts, (join) => join.onRef('firsts.ref', '=', 'r.ref').onRef('firsts.push_id', '=', 'r.push_id'))
      .select(['r.ref', 'r.old_id'])
      .execute();
    rows.push(...found);
  }
  return rows;
}

export async function hasPush(db: Db, id: number): Promise<boolean> {
  return (await db.selectFrom('pushes').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
}
