import { type RawBuilder, sql } from 'kysely';

/** The reader of a list. An administrator sees everything; who is not signed in, what is public. */
export interface VisibilityFilter {
  userId: number | null;
  admin: boolean;
  /** Memberships that ended before this instant are none. */
  now: number;
}

type Condition = RawBuilder<boolean>;

/**
 * A column whose text starts with `prefix`, which ends with a slash; `0` is the character after it. The index is used,
 * on both engines.
 */
export function startsWith(column: string, prefix: string): Condition {
  const end = `${prefix.slice(0, -1)}0`;
  return sql<boolean>`(${sql.ref(column)} >= ${prefix} and ${sql.ref(column)} < ${end})`;
}

/** A text that is somewhere in one of the columns, in any case. */
export function contains(columns: readonly string[], text: string): Condition {
  const pattern = `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  const parts = columns.map((column) => sql<boolean>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`);
  return sql<boolean>`(${sql.join(parts, sql` or `)})`;
}

/** Memberships of a user in the namespace `n` or in one above it. */
const inNamespace = (userId: number, now: number) => sql`
  members m join namespaces h on h.id = m.namespace_id
  where m.user_id = ${userId} and (m.expires_at is null or m.expires_at > ${now})
    and n.lineage >= h.lineage and n.lineage < substr(h.lineage, 1, length(h.lineage) - 1) || '0'`;

/** Memberships of a user in the project `p` itself. */
const inProject = (userId: number, now: number) => sql`
  members m where m.project_id = p.id and m.user_id = ${userId} and (m.expires_at is null or m.expires_at > ${now})`;

const NO = sql<boolean>`1 = 0`;
const YES = sql<boolean>`1 = 1`;

/**
 * The namespaces in which a user holds a role of at least `level`, there or above, and their personal one. It does not
 * depend on the row that is looked at, so it is found once: from the few memberships of the user down.
 */
const held = ({ now }: VisibilityFilter, userId: number, level: number) => sql`(
  select x.id from members m
    join namespaces h on h.id = m.namespace_id
    join namespaces x on x.lineage >= h.lineage and x.lineage < substr(h.lineage, 1, length(h.lineage) - 1) || '0'
    where m.user_id = ${userId} and m.access_level >= ${level} and (m.expires_at is null or m.expires_at > ${now})
  union select x.id from namespaces x where x.owner_id = ${userId})`;

/**
 * The visibilityFilter holds a role of at least `level` in the namespace `n`, there or above, or it is their personal
 * one.
 */
export function holdsNamespace(visibilityFilter: VisibilityFilter, level: number): Condition {
  return visibilityFilter.userId === null
    ? NO
    : sql<boolean>`n.id in ${held(visibilityFilter, visibilityFilter.userId, level)}`;
}

/** The visibilityFilter holds a role of at least `level` in the project `p`, there or in the namespace it is in. */
export function holdsProject(visibilityFilter: VisibilityFilter, level: number): Condition {
  const { userId, now } = visibilityFilter;
  if (userId === null) return NO;
  const direct = sql`(select m.project_id from members m where m.user_id = ${userId} and m.project_id is not null
    and m.access_level >= ${level} and (m.expires_at is null or m.expires_at > ${now}))`;
  return sql<boolean>`(p.id in ${direct} or p.namespace_id in ${held(visibilityFilter, userId, level)})`;
}

/**
 * Things that the reader may know to exist, among the projects `p` or the namespaces `n`.
 * @param level the least role that opens what is neither public nor internal; 0: any.
 */
export function visibleTo(visibilityFilter: VisibilityFilter, table: 'p' | 'n', level = 0): Condition {
  if (visibilityFilter.admin) return YES;
  const visibility = sql.ref(`${table}.visibility`);
  if (visibilityFilter.userId === null) return sql<boolean>`${visibility} = 'public'`;
  const member = table === 'p' ? holdsProject(visibilityFilter, level) : holdsNamespace(visibilityFilter, level);
  return sql<boolean>`(${visibility} in ('public', 'internal') or ${member})`;
}

/**
 * A feature of the projects `p` is not for members alone, or the visibilityFilter is one, with a role of at least
 * `level`.
 */
export function notForMembers(
  feature: 'registry' | 'packages',
  visibilityFilter: VisibilityFilter,
  level: number,
): Condition {
  if (visibilityFilter.admin) return YES;
  return sql<boolean>`(${sql.ref(`p.${feature}_members_only`)} = 0 or ${holdsProject(visibilityFilter, level)})`;
}

/** The visibilityFilter's highest role in the project `p` itself, and in the namespace `n` or above; null: none. */
export function levelsOf({ userId, now }: VisibilityFilter) {
  if (userId === null) {
    return {
      project: sql<number | null>`cast(null as integer)`,
      group: sql<number | null>`cast(null as integer)`,
    };
  }
  return {
    project: sql<number | null>`case when n.owner_id = ${userId} then 50
      else (select max(m.access_level) from ${inProject(userId, now)}) end`,
    group: sql<number | null>`(select max(m.access_level) from ${inNamespace(userId, now)})`,
  };
}
