import { type Insertable, type Selectable, type SelectQueryBuilder, sql, type Updateable } from 'kysely';
import type { Db } from '../db/database.ts';
import { prepared } from '../db/prepared.ts';
import type { MembersTable } from '../db/schema.ts';
import { contains } from './conditions.ts';
import { type Page, type PageRequest, paginate } from './page.ts';

/** A membership with the names of its user and of who made it. */
export interface MemberRow extends Omit<Selectable<MembersTable>, 'id'> {
  username: string;
  name: string;
  blocked: 0 | 1;
  creator_username: string | null;
  creator_name: string | null;
}

/** Exactly one group or project. */
export type MemberTarget = { namespaceId: number } | { projectId: number };

const isOf = (target: MemberTarget) =>
  'projectId' in target
    ? sql<boolean>`m.project_id = ${target.projectId}`
    : sql<boolean>`m.namespace_id = ${target.namespaceId}`;

const isLive = (now: number) => sql<boolean>`(m.expires_at is null or m.expires_at > ${now})`;

export async function insertMember(db: Db, row: Insertable<MembersTable>): Promise<number> {
  const { id } = await db.insertInto('members').values(row).returning('id').executeTakeFirstOrThrow();
  return id;
}

/** Where roles come from: the namespaces down to a group or project, and the project itself. */
export interface InheritedFrom {
  namespaceIds: readonly number[];
  projectId?: number;
}

/** One query for each number of namespaces, as deep as they are nested. */
const highestLevels: ReturnType<typeof highestLevelIn>[] = [];

const highestLevelIn = (namespaces: number) =>
  prepared<{ level: number | null }, number[]>(
    (db, userId = 0, now = 0, projectId = 0, ...namespaceIds) =>
      db
        .selectFrom('members')
        .select((eb) => eb.fn.max('access_level').as('level'))
        .where('user_id', '=', userId)
        .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
        .where((eb) => {
          const above = namespaceIds.length > 0 ? [eb('namespace_id', 'in', namespaceIds)] : [];
          return eb.or([...above, eb('project_id', '=', projectId)]);
        }),
    namespaces + 3,
  );

/** No project has it. */
const NO_PROJECT = 0;

/** The highest level that a user holds in a project or in any of these namespaces; 0 when none. */
export async function highestAccessLevel(db: Db, userId: number, where: InheritedFrom, now: number): Promise<number> {
  const { namespaceIds, projectId = NO_PROJECT } = where;
  highestLevels[namespaceIds.length] ??= highestLevelIn(namespaceIds.length);
  const [row] = (await highestLevels[namespaceIds.length]?.(db, userId, now, projectId, ...namespaceIds)) ?? [];
  return Number(row?.level ?? 0);
}

/** A role of a user in one group or project. */
export type Membership = Pick<Selectable<MembersTable>, 'namespace_id' | 'project_id' | 'access_level'>;

/** All live memberships of a user. @param userId null: of nobody. */
export async function listMemberships(db: Db, userId: number | null, now: number): Promise<Membership[]> {
  return membershipsOf(db, userId ?? NOBODY, now);
}

const membershipsOf = prepared<Membership, [number, number]>((db, userId, now) =>
  db
    .selectFrom('members')
    .select(['namespace_id', 'project_id', 'access_level'])
    .where('user_id', '=', userId)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)])),
);

/** No user has it. */
const NOBODY = 0;

export interface MemberFilter {
  /** Part of a name or user name. */
  search?: string;
  userIds?: readonly number[];
}

/** Live memberships of exactly this group or project. */
export function listMembers(
  db: Db,
  target: MemberTarget,
  filter: MemberFilter,
  now: number,
  page: PageRequest,
): Promise<Page<MemberRow>> {
  return named(db, selectMemberships(db).where(isOf(target)).where(isLive(now)), filter, page);
}

/**
 * Everyone with a role in any of these namespaces or the project, each once with the highest; of equal ones the
 * project's own. The owner of a personal namespace is among them.
 */
export function listInheritedMembers(
  db: Db,
  from: InheritedFrom,
  filter: MemberFilter,
  now: number,
  page: PageRequest,
): Promise<Page<MemberRow>> {
  const ranked = everyone(db, from, now)
    .selectAll('x')
    .select(
      sql<number>`row_number() over (partition by x.user_id
        order by x.access_level desc, x.project_id is null, x.namespace_id)`.as('rank'),
    )
    .as('ranked');
  const rows = db
    .selectFrom(ranked)
    .select(['user_id', 'namespace_id', 'project_id', 'access_level', 'expires_at', 'created_by', 'created_at'])
    .where('rank', '=', 1);
  return named(db, rows, filter, page);
}

/** The membership of one user in exactly this group or project, also when its time is over. */
export function findMember(db: Db, target: MemberTarget, userId: number): Promise<MemberRow | undefined> {
  return withNames(db, selectMemberships(db).where(isOf(target)).where('m.user_id', '=', userId)).executeTakeFirst();
}

/** The same among all that `listInheritedMembers` tells. */
export async function findInheritedMember(db: Db, from: InheritedFrom, userId: number, now: number) {
  const { items } = await listInheritedMembers(db, from, { userIds: [userId] }, now, { page: 1, perPage: 1 });
  return items[0];
}

export async function updateMember(
  db: Db,
  target: MemberTarget,
  userId: number,
  change: Updateable<MembersTable>,
): Promise<void> {
  const update = db.updateTable('members').set(change).where('user_id', '=', userId);
  await ('projectId' in target
    ? update.where('project_id', '=', target.projectId)
    : update.where('namespace_id', '=', target.namespaceId)
  ).execute();
}

export async function deleteMember(db: Db, target: MemberTarget, userId: number): Promise<void> {
  const remove = db.deleteFrom('members').where('user_id', '=', userId);
  await ('projectId' in target
    ? remove.where('project_id', '=', target.projectId)
    : remove.where('namespace_id', '=', target.namespaceId)
  ).execute();
}

/** Whether anyone else holds this level in one of these groups, now and without an end. */
export async function hasOtherAtLevel(
  db: Db,
  namespaceIds: readonly number[],
  level: number,
  except: { userId: number; namespaceId: number },
): Promise<boolean> {
  const row = await db
    .selectFrom('members')
    .select('id')
    .where('namespace_id', 'in', namespaceIds)
    .where('access_level', '=', level)
    .where('expires_at', 'is', null)
    .where((eb) => eb.not(eb.and({ user_id: except.userId, namespace_id: except.namespaceId })))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

const selectMemberships = (db: Db) =>
  db
    .selectFrom('members as m')
    .select(['m.user_id', 'm.namespace_id', 'm.project_id', 'm.access_level', 'm.expires_at'])
    .select(['m.created_by', 'm.created_at']);

const withNames = <D, T extends keyof D>(db: Db, memberships: SelectQueryBuilder<D, T, MembershipRow>) =>
  db
    .selectFrom(memberships.as('m'))
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .leftJoin('users as c', 'c.id', 'm.created_by')
    .selectAll('m')
    .select(['u.username', 'u.name', 'u.blocked', 'c.username as creator_username', 'c.name as creator_name']);

function named<D, T extends keyof D>(
  db: Db,
  memberships: SelectQueryBuilder<D, T, MembershipRow>,
  { search, userIds }: MemberFilter,
  page: PageRequest,
): Promise<Page<MemberRow>> {
  let query = withNames(db, memberships);
  if (search !== undefined) query = query.where(contains(['u.name', 'u.username'], search));
  if (userIds !== undefined) query = query.where('m.user_id', 'in', userIds);
  return paginate(query.orderBy('m.user_id'), page);
}

function everyone(db: Db, { namespaceIds, projectId }: InheritedFrom, now: number) {
  const owners = db
    .selectFrom('namespaces as n')
    .select([
      'n.owner_id as user_id',
      'n.id as namespace_id',
      sql<number | null>`cast(null as bigint)`.as('project_id'),
      sql<number>`50`.as('access_level'),
      sql<number | null>`cast(null as bigint)`.as('expires_at'),
      sql<number | null>`cast(null as bigint)`.as('created_by'),
      'n.created_at',
    ])
    .where('n.kind', '=', 'user')
    .where('n.id', 'in', namespaceIds);
  const members = selectMemberships(db)
    .where((eb) => eb.or([eb('m.namespace_id', 'in', namespaceIds), eb('m.project_id', '=', projectId ?? -1)]))
    .where(isLive(now));
  return db.selectFrom(members.unionAll(owners.$castTo<MembershipRow>()).as('x'));
}

type MembershipRow = Pick<
  Selectable<MembersTable>,
  'user_id' | 'namespace_id' | 'project_id' | 'access_level' | 'expires_at' | 'created_by' | 'created_at'
>;

/** A live membership with the name of its group or project. */
export interface OwnMembership {
  namespace_id: number | null;
  project_id: number | null;
  name: string;
  access_level: number;
}

/** The live memberships of a user, of groups, of projects or of both. */
export function listMembershipsOf(
  db: Db,
  userId: number,
  kind: 'group' | 'project' | null,
  now: number,
  page: PageRequest,
): Promise<Page<OwnMembership>> {
  let query = db
    .selectFrom('members as m')
    .leftJoin('namespaces as n', 'n.id', 'm.namespace_id')
    .leftJoin('projects as p', 'p.id', 'm.project_id')
    .select(['m.namespace_id', 'm.project_id', 'm.access_level', sql<string>`coalesce(n.name, p.name)`.as('name')])
    .where('m.user_id', '=', userId)
    .where(isLive(now));
  if (kind !== null) query = query.where(kind === 'group' ? 'm.namespace_id' : 'm.project_id', 'is not', null);
  return paginate(query.orderBy('m.id'), page);
}
