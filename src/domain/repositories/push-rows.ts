import type { RefCommand } from '../../store/git/push-commands.ts';
import type { RefUpdate } from '../../store/git/ref-updates.ts';
import type { JournalRow, PushRow } from '../../store/tables/pushes.ts';
import type { AuditAuthor } from '../audit/author.ts';
import { projectEntity } from '../projects/entity.ts';
import type { Project } from '../projects/projects.ts';

/** A push whose refs may move. */
export interface OpenPush {
  id: number;
  project: Pick<Project, 'id' | 'full_path'>;
  by: AuditAuthor;
  commands: readonly RefCommand[];
}

/** An update of a ref, with the author and the instant of its push. */
export interface JournalEntry extends RefUpdate {
  id: number;
  by: AuditAuthor;
  at: number;
}

/** The most refs that an audit event names; of more it has the count. The journal has all of them. */
const MAX_NAMED = 20;

export const pendingRow = ({ project, by, commands }: Omit<OpenPush, 'id'>, now: number) => ({
  project_id: project.id,
  actor_kind: by.kind,
  actor_id: by.id,
  actor_name: by.name,
  ip: by.ip,
  request_id: by.requestId,
  pending: JSON.stringify(commands),
  created_at: now,
});

export const authorOf = (
  row: Pick<PushRow, 'actor_kind' | 'actor_id' | 'actor_name' | 'ip' | 'request_id'>,
): AuditAuthor => ({
  kind: row.actor_kind as AuditAuthor['kind'],
  id: row.actor_id,
  name: row.actor_name,
  ip: row.ip,
  requestId: row.request_id,
});

export const commandsOf = ({ pending }: PushRow) => JSON.parse(pending ?? '[]') as RefCommand[];

export const toRow = ({ id, project }: OpenPush, update: RefUpdate) => ({
  push_id: id,
  project_id: project.id,
  ref: update.ref,
  old_id: update.old,
  new_id: update.new,
  forced: update.forced ? (1 as const) : (0 as const),
});

export function eventOf({ project, by }: OpenPush, updates: readonly RefUpdate[]) {
  const refs = updates.slice(0, MAX_NAMED);
  const details = updates.length > MAX_NAMED ? { refs, count: updates.length } : { refs };
  const entity = projectEntity(project);
  const target = { kind: 'Repository', id: project.id, name: project.full_path };
  return { action: 'repository_pushed', by, entity, target, details } as const;
}

export const toEntry = ({ id, ref, old_id, new_id, forced, created_at, ...row }: JournalRow): JournalEntry => ({
  id,
  ref,
  old: old_id,
  new: new_id,
  forced: forced === 1,
  at: created_at,
  by: authorOf(row),
});
