import type { Insertable } from 'kysely';
import type { Db } from '../db/database.ts';
import type { MembersTable } from '../db/schema.ts';

export async function insertMember(db: Db, row: Insertable<MembersTable>): Promise<number> {
  const { id } = await db.insertInto('members').values(row).returning('id').executeTakeFirstOrThrow();
  return id;
}

/** The highest level that a user holds in a project or in any of these namespaces; 0 when none. */
export async function highestAccessLevel(
  db: Db,
  userId: number,
  where: { namespaceIds: readonly number[]; projectId?: number },
  now: number,
): Promise<number> {
  const row = await db
    .selectFrom('members')
    .select((eb) => eb.fn.max('access_level').as('level'))
    .where('user_id', '=', userId)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .where((eb) => {
      const here = where.namespaceIds.length > 0 ? [eb('namespace_id', 'in', where.namespaceIds)] : [];
      return eb.or(where.projectId === undefined ? here : [...here, eb('project_id', '=', where.projectId)]);
    })
    .executeTakeFirst();
  return Number(row?.level ?? 0);
}
