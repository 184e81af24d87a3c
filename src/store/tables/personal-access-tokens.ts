import type { Insertable, Selectable } from 'kysely';
import type { Db } from '../db/database.ts';
import type { PersonalAccessTokensTable } from '../db/schema.ts';
import { type Page, type PageRequest, paginate } from './page.ts';

export type PersonalAccessTokenRow = Selectable<PersonalAccessTokensTable>;

export async function insertPersonalAccessToken(db: Db, row: Insertable<PersonalAccessTokensTable>): Promise<number> {
  const { id } = await db.insertInto('personal_access_tokens').values(row).returning('id').executeTakeFirstOrThrow();
  return id;
}

export function findPersonalAccessToken(db: Db, id: number): Promise<PersonalAccessTokenRow | undefined> {
  return db.selectFrom('personal_access_tokens').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Looks a token up by the exact hash of its secret. */
export function findPersonalAccessTokenByHash(db: Db, hash: string): Promise<PersonalAccessTokenRow | undefined> {
  return db.selectFrom('personal_access_tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
}

export function listPersonalAccessTokens(
  db: Db,
  filter: { userId?: number },
  page: PageRequest,
): Promise<Page<PersonalAccessTokenRow>> {
  let query = db.selectFrom('personal_access_tokens').selectAll();
  if (filter.userId !== undefined) query = query.where('user_id', '=', filter.userId);
  return paginate(query.orderBy('id'), page);
}

export async function revokePersonalAccessToken(db: Db, id: number, at: number): Promise<boolean> {
  const result = await db
    .updateTable('personal_access_tokens')
    .set({ revoked_at: at })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function updatePersonalAccessTokenUse(db: Db, id: number, at: number): Promise<void> {
  await db.updateTable('personal_access_tokens').set({ last_used_at: at }).where('id', '=', id).execute();
}
