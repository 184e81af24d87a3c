import type { Insertable, Selectable } from 'kysely';
import type { Db } from '../db/database.ts';
import type { SigningKeysTable } from '../db/keys-schema.ts';

export type SigningKeyRow = Selectable<SigningKeysTable>;

/** The keys of a purpose, the newest first. */
export function listSigningKeys(db: Db, purpose: string): Promise<SigningKeyRow[]> {
  return db
    .selectFrom('signing_keys')
    .selectAll()
    .where('purpose', '=', purpose)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute();
}

export async function insertSigningKey(db: Db, row: Insertable<SigningKeysTable>): Promise<void> {
  await db.insertInto('signing_keys').values(row).execute();
}

/** Retires every key of the purpose that still signs. */
export async function retireSigningKeys(db: Db, purpose: string, at: number): Promise<void> {
  await db
    .updateTable('signing_keys')
    .set({ retired_at: at })
    .where('purpose', '=', purpose)
    .where('retired_at', 'is', null)
    .execute();
}

/** Deletes the keys of the purpose that were retired before an instant. */
export async function deleteRetiredSigningKeys(db: Db, purpose: string, before: number): Promise<void> {
  await db.deleteFrom('signing_keys').where('purpose', '=', purpose).where('retired_at', '<', before).execute();
}

/** The id of the instance key that seals the newest key that signs; undefined when no key signs yet. */
export async function findSealingKeyId(db: Db): Promise<string | undefined> {
  const row = await db
    .selectFrom('signing_keys')
    .select('sealed_key_id')
    .where('retired_at', 'is', null)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.sealed_key_id;
}

/** Counts the keys that sign and are sealed with another instance key than this. */
export async function countKeysSealedOtherwise(db: Db, keyId: string): Promise<number> {
  const { count } = await db
    .selectFrom('signing_keys')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('sealed_key_id', '<>', keyId)
    .where('retired_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(count);
}
