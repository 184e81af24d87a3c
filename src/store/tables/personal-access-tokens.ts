import type { Insertable, Selectable } from 'kysely';
import type { Db } from '../db/database.ts';
import { preparedOne } from '../db/prepared.ts';
import type { PersonalAccessTokensTable } from '../db/schema.ts';
import { contains } from './conditions.ts';
import { type Page, type PageRequest, paginate } from './page.ts';

export type PersonalAccessTokenRow = Selectable<PersonalAccessTokensTable>;

export async function insertPersonalAccessToken(db: Db, row: Insertable<PersonalAccessTokensTable>): Promise<number> {
  const { id } = await db.insertInto('personal_access_tokens').values(row).returning('id').executeTakeFirstOrThrow();
  return id;
}

export const findPersonalAccessToken = preparedOne<PersonalAccessTokenRow, [number]>((db, id) =>
  db.selectFrom('personal_access_tokens').selectAll().where('id', '=', id),
);

/** Looks a token up by the exact hash of its secret. */
export const findPersonalAccessTokenByHash = preparedOne<PersonalAccessTokenRow>((db, hash) =>
  db.selectFrom('personal_access_tokens').selectAll().where('hash', '=', hash),
);

export interface PersonalAccessTokenFilter {
  userId?: number | undefined;
  revoked?: boolean | undefined;
  /** Those that work at this instant, or those that do not. */
  active?: { at: number; is: boolean } | undefined;
  /** Part of the name. */
  search?: string | undefined;
  /** Inclusive bounds in milliseconds. */
  createdAfter?: number | undefined;
  createdBefore?: number | undefined;
  lastUsedAfter?: number | undefined;
  lastUsedBefore?: number | undefined;
}

/** A page of tokens, oldest first unless it is asked for otherwise. */
export function listPersonalAccessTokens(
  db: Db,
  filter: PersonalAccessTokenFilter,
  page: PageRequest,
  direction: 'asc' | 'desc' = 'asc',
): Promise<Page<PersonalAccessTokenRow>> {
  let query = db.selectFrom('personal_access_tokens').selectAll();
  const { userId, revoked, active, search } = filter;
  if (userId !== undefined) query = query.where('user_id', '=', userId);
  if (revoked !== undefined) query = query.where('revoked_at', revoked ? 'is not' : 'is', null);
  if (active !== undefined) {
    query = query.where((eb) => {
      const unexpired = eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', active.at)]);
      const works = eb.and([eb('revoked_at', 'is', null), unexpired]);
      return active.is ? works : eb.not(works);
    });
  }
  if (search !== undefined) query = query.where(contains(['name'], search));
  if (filter.createdAfter !== undefined) query = query.where('created_at', '>=', filter.createdAfter);
  if (filter.createdBefore !== undefined) query = query.where('created_at', '<=', filter.createdBefore);
  if (filter.lastUsedAfter !== undefined) query = query.where('last_used_at', '>=', filter.lastUsedAfter);
  if (filter.lastUsedBefore !== undefined) query = query.where('last_used_at', '<=', filter.lastUsedBefore);
  return paginate(query.orderBy('id', direction), page);
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

/** Writes a use that is later than the one that is stored: another node may have written a later one. */
export async function updatePersonalAccessTokenUse(db: Db, id: number, at: number): Promise<void> {
  await db
    .updateTable('personal_access_tokens')
    .set({ last_used_at: at })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', at)]))
    .execute();
}
