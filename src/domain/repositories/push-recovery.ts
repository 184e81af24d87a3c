import { MINUTE } from '../../lib/clock.ts';
import { findProject } from '../../store/tables/projects.ts';
import { listPendingPushes, type PushRow } from '../../store/tables/pushes.ts';
import type { Deps } from '../deps.ts';
import { findDone } from './find-done.ts';
import type { PushJournal } from './push-journal.ts';
import { authorOf, commandsOf } from './push-rows.ts';

/** A git that outlives its server may still move refs: a push that looks unfinished is settled after this time. */
const SETTLE_AFTER_MS = 5 * MINUTE;
/** How many interrupted pushes are read at once. */
const PAGE = 1000;

type RecoveryDeps = Pick<Deps, 'db' | 'git' | 'clock' | 'report'>;

/**
 * Settles the pushes that were interrupted after their refs were allowed to move: the server was killed, or the
 * database was away. Pushes of one project are settled in their order.
 * @returns a function that returns how many were settled.
 */
export function createPushRecovery({ db, git, clock, report }: RecoveryDeps, journal: PushJournal) {
  /**
   * @returns whether the push is settled. @param mayWait whether an unfinished push may be left for a later recovery.
   */
  const settle = async (row: PushRow, mayWait: (finished: boolean) => boolean): Promise<boolean> => {
    const project = await findProject(db, row.project_id);
    if (!project) return false;
    const push = { id: row.id, project, by: authorOf(row), commands: commandsOf(row) };
    const done = await findDone({ db, git }, push);
    if (mayWait(done.length === push.commands.length)) return false;
    // The journal must not have updates that a power cut could still take back.
    await git.syncRefs(
      project.id,
      done.map(({ ref }) => ref),
    );
    await journal.settle(push, await git.describeUpdates(project.id, done));
    return true;
  };

  /** All interrupted pushes, a page at a time: those that cannot be settled do not keep newer ones from being read. */
  async function* pendingPushes(): AsyncGenerator<PushRow> {
    let after = 0;
    for (;;) {
      const rows = await listPendingPushes(db, after, PAGE);
      yield* rows;
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) return;
      after = last.id;
    }
  }

  return async (): Promise<number> => {
    let settled = 0;
    /** Projects with a push that is not settled yet: later ones wait for it. */
    const held = new Set(journal.unsettled.values());
    for await (const row of pendingPushes()) {
      if (journal.unsettled.has(row.id)) continue;
      const young = clock() - row.created_at < SETTLE_AFTER_MS;
      const mayWait = (finished: boolean) => young && (!finished || held.has(row.project_id));
      try {
        if (await settle(row, mayWait)) settled++;
        else held.add(row.project_id);
      } catch (error) {
        // One broken repository does not stop the others.
        held.add(row.project_id);
        report('an interrupted push could not be settled', error);
      }
    }
    return settled;
  };
}
