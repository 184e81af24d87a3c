import { type Insertable, type Selectable, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import { preparedAppend } from '../db/prepared.ts';
import type { AuditEventsTable } from '../db/schema.ts';
import { startsWith } from './conditions.ts';
import { type Page, type PageRequest, paginate } from './page.ts';

export type AuditEventRow = Selectable<AuditEventsTable>;

/** Audit events are written and read; there is no statement here that changes or deletes one. */
export const insertAuditEvent: (db: Db, row: Insertable<AuditEventsTable>) => Promise<void> = preparedAppend(
  'audit_events',
  [
    ...(['action', 'actor_kind', 'actor_id', 'actor_name', 'ip', 'request_id', 'entity_kind', 'entity_id'] as const),
    ...(['entity_path', 'target_kind', 'target_id', 'target_name', 'details', 'created_at'] as const),
  ],
);

/**
 * Things that are below a lineage today, and things that were deleted below a path. A path may have been another
 * group's before, whose events are nobody's any more: `since` is when it became this one's.
 */
export interface EventsWithin {
  lineage: string;
  path: string;
  since: number;
}

export interface AuditFilter {
  entityKind?: AuditEventRow['entity_kind'];
  entityId?: number;
  /** Of a group and all that is below it. */
  within?: EventsWithin;
  /** The path that it had then, or of what is below it. */
  entityPath?: string;
  /** Exactly this author. */
  actorName?: string;
  actions?: readonly string[];
  /** Inclusive bounds in milliseconds. */
  after?: number;
  before?: number;
}

/** A page of events, newest first. */
export function listAuditEvents(db: Db, filter: AuditFilter, page: PageRequest): Promise<Page<AuditEventRow>> {
  let query = db.selectFrom('audit_events').selectAll();
  if (filter.entityKind !== undefined) query = query.where('entity_kind', '=', filter.entityKind);
  if (filter.entityId !== undefined) query = query.where('entity_id', '=', filter.entityId);
  if (filter.within !== undefined) query = query.where(isWithin(db, filter.within));
  if (filter.entityPath !== undefined) {
    const path = filter.entityPath;
    query = query.where((eb) => eb.or([eb('entity_path', '=', path), startsWith('entity_path', `${path}/`)]));
  }
  if (filter.actorName !== undefined) query = query.where('actor_name', '=', filter.actorName);
  if (filter.actions !== undefined) query = query.where('action', 'in', filter.actions);
  if (filter.after !== undefined) query = query.where('created_at', '>=', filter.after);
  if (filter.before !== undefined) query = query.where('created_at', '<=', filter.before);
  return paginate(query.orderBy('id', 'desc'), page);
}

/** Three ways that have an index each. */
function isWithin(db: Db, { lineage, path, since }: EventsWithin) {
  const namespaces = db.selectFrom('namespaces').select('id').where(startsWith('lineage', lineage));
  const projects = db.selectFrom('projects').select('id').where('namespace_id', 'in', namespaces);
  const gone = sql<boolean>`(${startsWith('entity_path', `${path}/`)} and created_at >= ${since} and (
    (entity_kind = 'Project' and not exists (select 1 from projects p where p.id = entity_id))
    or (entity_kind = 'Group' and not exists (select 1 from namespaces n where n.id = entity_id))))`;
  return sql<boolean>`((entity_kind = 'Group' and entity_id in ${namespaces})
    or (entity_kind = 'Project' and entity_id in ${projects}) or ${gone})`;
}

/** When one of these groups last got another path; null: never. */
export async function latestMoveOf(db: Db, groupIds: readonly number[]): Promise<number | null> {
  const row = await db
    .selectFrom('audit_events')
    .select((eb) => eb.fn.max('created_at').as('at'))
    .where('entity_kind', '=', 'Group')
    .where('entity_id', 'in', groupIds)
    .where('action', 'in', ['group_path_changed', 'group_transferred'])
    .executeTakeFirst();
  return row?.at ?? null;
}

export function findAuditEvent(db: Db, id: number): Promise<AuditEventRow | undefined> {
  return db.selectFrom('audit_events').selectAll().where('id', '=', id).executeTakeFirst();
}

/** When the newest event was written; null: there is none. */
export async function latestAuditInstant(db: Db): Promise<number | null> {
  const newest = db.selectFrom('audit_events').select('created_at').orderBy('id', 'desc').limit(1);
  return (await newest.executeTakeFirst())?.created_at ?? null;
}
