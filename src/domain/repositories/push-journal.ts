import { MINUTE } from '../../lib/clock.ts';
import { inTransaction } from '../../store/db/database.ts';
import type { RefCommand } from '../../store/git/push-commands.ts';
import type { RefUpdate } from '../../store/git/ref-updates.ts';
import { findProject } from '../../store/tables/projects.ts';
import {
  deletePush,
  endPending,
  hasPush,
  insertPush,
  insertRefUpdates,
  listLaterUpdates,
  listPendingPushes,
  listRefUpdates,
  type PushRow,
} from '../../store/tables/pushes.ts';
import type { Confirm } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { AuditAuthor } from '../audit/author.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';

/** The most refs that an audit event names; of more it has the count. The journal has all of them. */
const MAX_NAMED = 20;
/**
 * A git that outlives its server may still move refs for a while: a push that looks unfinished is settled after this
 * time.
 */
const SETTLE_AFTER_MS = 5 * MINUTE;
/** How many interrupted pushes one recovery settles. */
const MAX_RECOVERED = 1000;
/** How many later updates a recovery reads for one push. */
const MAX_LATER = 50_000;

const MAX_LISTED = 100;

/** An update of a ref, with the author and the instant of its push. */
export interface JournalEntry extends RefUpdate {
  id: number;
  by: AuditAuthor;
  at: number;
}

/** A push whose refs may move. */
export interface OpenPush {
  id: number;
  project: Pick<Project, 'id' | 'full_path'>;
  by: AuditAuthor;
  commands: readonly RefCommand[];
}

export type PushJournal = ReturnType<typeof createPushJournal>;

/**
 * The journal of pushes. A push is written as pending before its refs move, and settled when its updates are known: the
 * updates and the audit event are then written in one transaction. A push that a crash left pending is settled by
 * `recover`.
 */
export function createPushJournal({ db, git, clock }: Pick<Deps, 'db' | 'git' | 'clock'>, audit: Audit) {
  /** The pushes of this process that are not settled, with the ids of their projects. */
  const open = new Map<number, number>();

  const write = (push: OpenPush, all: readonly RefUpdate[]): Promise<RefUpdate[]> => {
    const updates = all.filter((update) => update.old !== update.new);
    return inTransaction(db, async (trx) => {
      const first = await endPending(trx, push.id);
      // The project may have been deleted, and its journal with it.
      if (!first && !(await hasPush(trx, push.id))) return [];
      if (updates.length === 0) {
        if (first) await deletePush(trx, push.id);
        return [];
      }
      await insertRefUpdates(
        trx,
        updates.map((update) => toRow(push, update)),
      );
      if (first) await audit.record(eventOf(push, updates), trx);
      return updates;
    });
  };

  /**
   * Which commands of a push were carried out, as the journal and the refs show: the next update of the ref began where
   * the command ends, or there was none and the ref is there now.
   */
  const findDone = async ({ id, project, commands }: OpenPush): Promise<RefCommand[]> => {
    const values = await git.refValues(
      project.id,
      commands.map(({ ref }) => ref),
    );
    const next = new Map<string, string | null>();
    for (const { ref, old_id } of await listLaterUpdates(db, project.id, id, MAX_LATER)) {
      if (!next.has(ref)) next.set(ref, old_id);
    }
    return commands.filter((command) => {
      const now = next.has(command.ref) ? next.get(command.ref) : (values.get(command.ref) ?? null);
      return now === command.new;
    });
  };

  const describe = ({ project }: OpenPush, done: readonly RefCommand[]) => git.describeUpdates(project.id, done);

  return {
    /**
     * Writes a push as pending. The refs may move once this has resolved.
     * @throws what `confirm` throws; then nothing is written.
     */
    async open(push: Omit<OpenPush, 'id'>, confirm: Confirm): Promise<OpenPush> {
      const id = await inTransaction(db, async (trx) => {
        await confirm(trx);
        return insertPush(trx, { ...authorColumns(push.by), ...pendingColumns(push), created_at: clock() });
      });
      open.set(id, push.project.id);
      return { ...push, id };
    },

    /**
     * Writes what a push has done, and its audit event.
     * @param updates null when that is not known: the refs are looked at.
     */
    async settle(push: OpenPush, updates: readonly RefUpdate[] | null): Promise<RefUpdate[]> {
      try {
        return await write(push, updates ?? (await describe(push, await findDone(push))));
      } finally {
        open.delete(push.id);
      }
    },

    /**
     * Settles the pushes that were interrupted: the server was killed, or the database was away, after the refs were
     * allowed to move. Pushes of one project are settled in their order.
     * @returns how many were settled.
     */
    async recover(): Promise<number> {
      let settled = 0;
      const held = new Set(open.values());
      for (const row of await listPendingPushes(db, MAX_RECOVERED)) {
        if (open.has(row.id)) continue;
        const project = await findProject(db, row.project_id);
        if (!project) continue;
        const push = { id: row.id, project, by: authorOf(row), commands: commandsOf(row) };
        const done = await findDone(push);
        const finished = done.length === push.commands.length && !held.has(project.id);
        if (!finished && clock() - row.created_at < SETTLE_AFTER_MS) held.add(project.id);
        else {
          await write(push, await describe(push, done));
          settled++;
        }
      }
      return settled;
    },

    /**
     * The updates of a project's refs, the newest first.
     * @param before only those with a lower id; null: from the newest on.
     * @param limit at most 100 are read.
     */
    async list(project: Pick<Project, 'id'>, before: number | null, limit: number): Promise<JournalEntry[]> {
      const rows = await listRefUpdates(db, project.id, before, Math.min(limit, MAX_LISTED));
      return rows.map(({ id, ref, old_id, new_id, forced, created_at, ...row }) => ({
        ...{ id, ref, old: old_id, new: new_id, forced: forced === 1, at: created_at },
        by: authorOf(row),
      }));
    },
  };
}

const authorColumns = (by: AuditAuthor) => ({
  actor_kind: by.kind,
  actor_id: by.id,
  actor_name: by.name,
  ip: by.ip,
  request_id: by.requestId,
});

const pendingColumns = ({ project, commands }: Omit<OpenPush, 'id'>) => ({
  project_id: project.id,
  pending: JSON.stringify(commands),
});

const authorOf = (row: Pick<PushRow, 'actor_kind' | 'actor_id' | 'actor_name' | 'ip' | 'request_id'>): AuditAuthor => ({
  kind: row.actor_kind as AuditAuthor['kind'],
  id: row.actor_id,
  name: row.actor_name,
  ip: row.ip,
  requestId: row.request_id,
});

const commandsOf = ({ pending }: PushRow) => JSON.parse(pending ?? '[]') as RefCommand[];

const toRow = ({ id, project }: OpenPush, update: RefUpdate) => ({
  push_id: id,
  project_id: project.id,
  ref: update.ref,
  old_id: update.old,
  new_id: update.new,
  forced: update.forced ? (1 as const) : (0 as const),
});

function eventOf({ project, by }: OpenPush, updates: readonly RefUpdate[]) {
  const refs = updates.slice(0, MAX_NAMED);
  const details = updates.length > MAX_NAMED ? { refs, count: updates.length } : { refs };
  const entity = { kind: 'Project', id: project.id, path: project.full_path } as const;
  const target = { kind: 'Repository', id: project.id, name: project.full_path };
  return { action: 'repository_pushed', by, entity, target, details } as const;
}
