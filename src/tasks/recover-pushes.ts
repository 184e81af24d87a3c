import type { Repositories } from '../domain/repositories/repositories.ts';
import { MINUTE } from '../lib/clock.ts';
import type { TaskKind, TaskLog } from './task-kind.ts';

const INTERVAL_MS = 5 * MINUTE;

/** Settles interrupted pushes when the server starts, and from then on at an interval. */
export const recoverPushes = (repositories: Pick<Repositories, 'recoverPushes'>, log: TaskLog): TaskKind => ({
  kind: 'recover-pushes',
  short: true,
  recurs: { intervalMs: INTERVAL_MS, firstMs: 0, atStart: true },
  async run() {
    const settled = await repositories.recoverPushes();
    if (settled > 0) log.info({ settled }, 'interrupted pushes settled');
    return { nextAt: null };
  },
});
