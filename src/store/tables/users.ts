import type { Insertable, Selectable, Updateable } from 'kysely';
import type { Db } from '../db/database.ts';
import { preparedOne } from '../db/prepared.ts';
import type { UsersTable } from '../db/schema.ts';
import { contains } from './conditions.ts';
import { type Page, type PageRequest, paginate } from './page.ts';

export type UserRow = Selectable<UsersTable>;

export async function insertUser(db: Db, row: Insertable<UsersTable>): Promise<number> {
  const { id } = await db.insertInto('users').values(row).returning('id').executeTakeFirstOrThrow();
  return id;
}

export const findUser = preparedOne<UserRow, [number]>((db, id) =>
  db.selectFrom('users').selectAll().where('id', '=', id),
);

/** @param login a user name or an e-mail address, in any case. */
export function findUserByLogin(db: Db, login: string): Promise<UserRow | undefined> {
  const key = login.toLowerCase();
  return db
    .selectFrom('users')
    .selectAll()
    .where((eb) => eb.or([eb('username_key', '=', key), eb('email_key', '=', key)]))
    .executeTakeFirst();
}

/** The user names of these users, by id. */
export async function usernamesOf(db: Db, ids: readonly number[]): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('users').select(['id', 'username']).where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, row.username]));
}

export interface UserFilter {
  /** Exactly this one, in any case. */
  username?: string | undefined;
  /** Part of the name or of the user name, or exactly the e-mail address. */
  search?: string | undefined;
  blocked?: boolean | undefined;
}

/** A page of users, oldest first. */
export function listUsers(db: Db, filter: UserFilter, page: PageRequest): Promise<Page<UserRow>> {
  let query = db.selectFrom('users').selectAll();
  const { username, search, blocked } = filter;
  if (username !== undefined) query = query.where('username_key', '=', username.toLowerCase());
  if (blocked !== undefined) query = query.where('blocked', '=', blocked ? 1 : 0);
  if (search !== undefined) {
    query = query.where((eb) =>
      eb.or([eb('email_key', '=', search.toLowerCase()), contains(['name', 'username'], search)]),
    );
  }
  return paginate(query.orderBy('id'), page);
}

export async function updateUser(db: Db, id: number, change: Updateable<UsersTable>): Promise<void> {
  await db.updateTable('users').set(change).where('id', '=', id).execute();
}

/** Whether there is another administrator who is not blocked. */
export async function hasOtherAdministrator(db: Db, id: number): Promise<boolean> {
  const other = db
    .selectFrom('users')
    .select('id')
    .where('admin', '=', 1)
    .where('blocked', '=', 0)
    .where('id', '<>', id);
  return (await other.limit(1).executeTakeFirst()) !== undefined;
}

export async function hasUsers(db: Db): Promise<boolean> {
  return (await db.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined;
}
