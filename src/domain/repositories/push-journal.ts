import { inTransaction } from '../../store/db/database.ts';
import type { RefUpdate } from '../../store/git/ref-updates.ts';
import {
  deletePush,
  endPending,
  hasPush,
  insertPush,
  insertRefUpdates,
  listRefUpdates,
} from '../../store/tables/pushes.ts';
import type { Confirm } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';
import { findDone } from './find-done.ts';
import { eventOf, type JournalEntry, type OpenPush, pendingRow, toEntry, toRow } from './push-rows.ts';

const MAX_LISTED = 100;

export type PushJournal = ReturnType<typeof createPushJournal>;

/**
 * The journal of pushes. A push is written as pending before its refs move, and settled when its updates are known: the
 * updates and the audit event are then written in one transaction. A push that a crash left pending is settled by
 * `createPushRecovery`.
 */
export function createPushJournal({ db, git, clock }: Pick<Deps, 'db' | 'git' | 'clock'>, audit: Audit) {
  /** The pushes of this process that are not settled, with the ids of their projects. */
  const open = new Map<number, number>();

  const write = (push: OpenPush, all: readonly RefUpdate[]): Promise<RefUpdate[]> => {
    const updates = all.filter((update) => update.old !== update.new);
    const rows = updates.map((update) => toRow(push, update));
    return inTransaction(db, async (trx) => {
      const first = await endPending(trx, push.id);
      // The project may have been deleted, and its journal with it.
      if (!first && !(await hasPush(trx, push.id))) return [];
      if (first && updates.length === 0) await deletePush(trx, push.id);
      await insertRefUpdates(trx, rows);
      if (first && updates.length > 0) await audit.record(eventOf(push, updates), trx);
      return updates;
    });
  };

  return {
    /** The pushes of this process that are not settled, with the ids of their projects. */
    unsettled: open as ReadonlyMap<number, number>,

    /**
     * Writes a push as pending. The refs may move once this has resolved.
     * @throws what `confirm` throws; then nothing is written.
     */
    async open(push: Omit<OpenPush, 'id'>, confirm: Confirm): Promise<OpenPush> {
      const id = await inTransaction(db, async (trx) => {
        await confirm(trx);
        return insertPush(trx, pendingRow(push, clock()));
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
        const known = updates ?? (await git.describeUpdates(push.project.id, await findDone({ db, git }, push)));
        return await write(push, known);
      } finally {
        open.delete(push.id);
      }
    },

    /**
     * The updates of a project's refs, the newest first.
     * @param before only those with a lower id; null: from the newest on.
     * @param limit at most 100 are read.
     */
    async list(project: Pick<Project, 'id'>, before: number | null, limit: number): Promise<JournalEntry[]> {
      return (await listRefUpdates(db, project.id, before, Math.min(limit, MAX_LISTED))).map(toEntry);
    },
  };
}
