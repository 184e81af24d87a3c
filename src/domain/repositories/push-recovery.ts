import { MINUTE } from '../../lib/clock.ts';
import { findProject } from '../../store/tables/projects.ts';
import { findPendingPush, listPendingProjects, listPendingPushes } from '../../store/tables/pushes.ts';
import type { Deps } from '../deps.ts';
import { findDone } from './find-done.ts';
import type { PushJournal } from './push-journal.ts';
import { authorOf, commandsOf } from './push-rows.ts';

/** A git that outlives its server may still move refs: a push that looks unfinished is settled after this time. */
const SETTLE_AFTER_MS = 5 * MINUTE;
/** How many interrupted pushes are listed at once. */
const PAGE = 500;
/** How many interrupted pushes a run looks at; the next run goes on after them. */
const MAX_PER_RUN = 2000;

type RecoveryDeps = Pick<Deps, 'db' | 'git' | 'clock' | 'report'>;

export interface RecoveryOptions {
  /** Where the last run ended: only pushes with a higher id are looked at. 0: all. */
  after?: number;
  /** How many pushes are looked at. */
  limit?: number;
  /** Ends the run between two pushes. */
  signal?: AbortSignal;
}

export interface Recovered {
  /** How many pushes were settled. */
  settled: number;
  /** Where the next run goes on; 0: this one has looked at all. */
  after: number;
}

/**
 * Settles the pushes that were interrupted after their refs were allowed to move: the server was killed, or the
 * database was away. Pushes of one project are settled in their order.
 */
export function createPushRecovery({ db, git, clock, report }: RecoveryDeps, journal: PushJournal) {
  /** @param isHeld whether an earlier push of the project is not settled. */
  const settle = async (id: number, isHeld: boolean): Promise<'settled' | 'waits' | 'gone'> => {
    const row = await findPendingPush(db, id);
    const project = row && (await findProject(db, row.project_id));
    if (!project) return 'gone';
    const push = { id, project, by: authorOf(row), commands: commandsOf(row) };
    const done = await findDone({ db, git }, push);
    const isYoung = clock() - row.created_at < SETTLE_AFTER_MS;
    if (isYoung && (isHeld || done.length < push.commands.length)) return 'waits';
    // The journal must not have updates that a power cut could still take back.
    await git.syncRefs(
      project.id,
      done.map(({ ref }) => ref),
    );
    await journal.settle(push, await git.describeUpdates(project.id, done));
    return 'settled';
  };

  /** Interrupted pushes, a page at a time: those that cannot be settled do not keep newer ones from being read. */
  async function* pendingPushes(after: number) {
    for (let from = after; ; ) {
      const rows = await listPendingPushes(db, from, PAGE);
      yield* rows;
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) return;
      from = last.id;
    }
  }

  return async ({ after = 0, limit = MAX_PER_RUN, signal }: RecoveryOptions = {}): Promise<Recovered> => {
    let settled = 0;
    let looked = 0;
    let last = after;
    /** Projects with a push that is not settled yet: later ones wait for it. */
    const held = new Set(journal.unsettled.values());
    if (after > 0) for (const projectId of await listPendingProjects(db, after)) held.add(projectId);
    for await (const { id, project_id: projectId } of pendingPushes(after)) {
      if (looked === limit) return { settled, after: last };
      signal?.throwIfAborted();
      looked += 1;
      last = id;
      if (journal.unsettled.has(id)) continue;
      try {
        const outcome = await settle(id, held.has(projectId));
        if (outcome === 'settled') settled += 1;
        if (outcome === 'waits') held.add(projectId);
      } catch (error) {
        // One broken repository does not stop the others.
        held.add(projectId);
        report('an interrupted push could not be settled', error);
      }
    }
    return { settled, after: 0 };
  };
}
