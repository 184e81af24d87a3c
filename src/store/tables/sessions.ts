import type { Insertable, Selectable } from 'kysely';
import type { Db } from '../db/database.ts';
import { preparedOne } from '../db/prepared.ts';
import type { SessionsTable } from '../db/schema.ts';
import { type Page, type PageRequest, paginate } from './page.ts';

export type SessionRow = Selectable<SessionsTable>;

export async function insertSession(db: Db, row: Insertable<SessionsTable>): Promise<number> {
  const { id } = await db.insertInto('sessions').values(row).returning('id').executeTakeFirstOrThrow();
  return id;
}

/** By the exact hash of its secret. */
export const findSessionByHash = preparedOne<SessionRow>((db, hash) =>
  db.selectFrom('sessions').selectAll().where('hash', '=', hash),
);

export const findSession = preparedOne<SessionRow, [number]>((db, id) =>
  db.selectFrom('sessions').selectAll().where('id', '=', id),
);

/** The instants after which a session is alive. */
export interface LiveSince {
  /** Begun after this instant. */
  begunAfter: number;
  /** Used after this one. */
  usedAfter: number;
}

export function listSessions(db: Db, userId: number, live: LiveSince, page: PageRequest): Promise<Page<SessionRow>> {
  const query = db
    .selectFrom('sessions')
    .selectAll()
    .where('user_id', '=', userId)
    .where('created_at', '>', live.begunAfter)
    .where('last_used_at', '>', live.usedAfter);
  return paginate(query.orderBy('id', 'desc'), page);
}

/** Writes a use that is later than the one that is stored: another node may have written a later one. */
export async function updateSessionUse(db: Db, id: number, use: { at: number; ip: string }): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ last_used_at: use.at, ip: use.ip })
    .where('id', '=', id)
    .where('last_used_at', '<', use.at)
    .execute();
}

/** @returns whether the user had one of this id. */
export async function deleteSession(db: Db, userId: number, id: number): Promise<boolean> {
  const result = await db.deleteFrom('sessions').where('id', '=', id).where('user_id', '=', userId).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

export async function deleteSessionByHash(db: Db, hash: string): Promise<void> {
  await db.deleteFrom('sessions').where('hash', '=', hash).execute();
}

/** Ends every session of a user. */
export async function deleteSessionsOf(db: Db, userId: number): Promise<void> {
  await db.deleteFrom('sessions').where('user_id', '=', userId).execute();
}

/** Ends every session of a user but one. */
export async function deleteOtherSessions(db: Db, userId: number, id: number): Promise<void> {
  await db.deleteFrom('sessions').where('user_id', '=', userId).where('id', '<>', id).execute();
}

/** Removes the sessions of a user that are over by age or by idleness. */
export async function deleteDeadSessions(db: Db, userId: number, live: LiveSince): Promise<void> {
  await db
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .where((eb) => eb.or([eb('created_at', '<=', live.begunAfter), eb('last_used_at', '<=', live.usedAfter)]))
    .execute();
}
