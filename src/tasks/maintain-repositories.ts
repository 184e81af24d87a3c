import { MAINTAIN_REPOSITORY, type Maintained } from '../domain/repositories/maintenance.ts';
import type { Repositories } from '../domain/repositories/repositories.ts';
import type { TaskResult, Tasks } from '../domain/tasks/tasks.ts';
import { DAY } from '../lib/clock.ts';
import type { TaskKind, TaskLog } from './task-kind.ts';

/** How many intervals are between two full maintenances: a week, where the interval is a day. */
const FULL_EVERY = 7;

/**
 * Maintains the repository of a project after pushes: small packs are merged at most once in an interval, and every
 * seventh interval everything is packed again and old unreachable objects are dropped. A repository that nothing was
 * pushed to since is left alone.
 * @param intervalMs null: only when an administrator asks for it.
 */
export const maintainRepositories = (
  { maintain }: Pick<Repositories, 'maintain'>,
  { now }: Pick<Tasks, 'now'>,
  intervalMs: number | null,
  log: TaskLog,
): TaskKind => ({
  kind: MAINTAIN_REPOSITORY,
  manual: intervalMs === null,
  async run({ subject, state, signal }) {
    const interval = intervalMs ?? DAY;
    const fullAt = fullAtOf(state);
    const full = fullAt === null || (await now()) >= fullAt + FULL_EVERY * interval;
    const done = await maintain(subject, { full, signal });
    if (done === null) return { nextAt: null, gone: true };
    log.info({ project_id: subject, full, ...done }, 'repository maintained');
    return nextOf(done, full ? null : fullAt, await now(), interval);
  },
});

/** @param fullAt when the last full maintenance was; null: just now. */
function nextOf({ cruft }: Maintained, fullAt: number | null, now: number, interval: number): TaskResult {
  const state = { fullAt: fullAt ?? now };
  const nextFull = state.fullAt + FULL_EVERY * interval;
  // After a full maintenance another one has work to do only where unreachable objects wait for their end.
  return {
    nextAt: fullAt === null && !cruft ? null : nextFull,
    requestedNextAt: Math.min(now + interval, nextFull),
    state,
  };
}

function fullAtOf(state: unknown): number | null {
  const { fullAt } = (state ?? {}) as { fullAt?: unknown };
  return typeof fullAt === 'number' ? fullAt : null;
}
