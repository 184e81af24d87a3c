import type { Repositories } from '../domain/repositories/repositories.ts';
import { MINUTE } from '../lib/clock.ts';
import type { TaskKind, TaskLog } from './task-kind.ts';

const INTERVAL_MS = 5 * MINUTE;

/**
 * Settles interrupted pushes when the server starts, and from then on at an interval. A run looks at a bounded number
 * of them; its state is where the next run goes on.
 */
export const recoverPushes = (repositories: Pick<Repositories, 'recoverPushes'>, log: TaskLog): TaskKind => ({
  kind: 'recover-pushes',
  short: true,
  recurs: { intervalMs: INTERVAL_MS, firstMs: 0, atStart: true },
  async run({ state, signal }) {
    const { settled, after } = await repositories.recoverPushes({ after: afterOf(state), signal });
    if (settled > 0) log.info({ settled }, 'interrupted pushes settled');
    return { nextAt: null, state: { after } };
  },
});

function afterOf(state: unknown): number {
  const { after } = (state ?? {}) as { after?: unknown };
  return typeof after === 'number' ? after : 0;
}
