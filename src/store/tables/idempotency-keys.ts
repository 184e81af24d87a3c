import type { Db } from '../db/database.ts';

/** @returns whether it is the first of its key. */
export async function insertIdempotencyKey(db: Db, key: string, at: number): Promise<boolean> {
  const result = await db
    .insertInto('sent_forms')
    .values({ key, made_id: null, created_at: at })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function updateIdempotencyKey(db: Db, key: string, madeId: number): Promise<void> {
  await db.updateTable('sent_forms').set({ made_id: madeId }).where('key', '=', key).execute();
}

/** The id of the thing that the form of this key created; null: none that is known. */
export async function findMadeBy(db: Db, key: string): Promise<number | null> {
  const row = await db.selectFrom('sent_forms').select('made_id').where('key', '=', key).executeTakeFirst();
  return row?.made_id ?? null;
}

export async function deleteIdempotencyKey(db: Db, key: string): Promise<void> {
  await db.deleteFrom('sent_forms').where('key', '=', key).execute();
}

export async function deleteIdempotencyKeysBefore(db: Db, instant: number): Promise<void> {
  await db.deleteFrom('sent_forms').where('created_at', '<=', instant).execute();
}
