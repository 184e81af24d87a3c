import { unavailable } from '../../lib/errors.ts';
import { createSemaphore, type Semaphore } from '../../lib/semaphore.ts';

export interface GitPoolOptions {
  /** How many run at once. */
  processes: number;
  /** How many may wait. */
  queue: number;
  /** How long one may wait, in milliseconds. */
  queueTimeoutMs: number;
}

/** Bounds the number of concurrent git processes: each takes memory and a core. */
export interface GitPools {
  /** For clones, pushes and archives, which a client may hold for long. The keys are its credential and its address. */
  clients: Semaphore;
  /** For the short reads of pages and of the server itself: no client decides how long they take. */
  reads: Semaphore;
  /** Of both. */
  counts: Semaphore['counts'];
}

const busy = () => unavailable('The server is busy with other clones and pushes. Try again in a moment.', 10);

/** A credential or an address gets three quarters: whatever one does with its turns, some are left for others. */
const shareOf = (all: number) => all - Math.ceil(all / 4);

export function createGitPools({ processes, queue, queueTimeoutMs }: GitPoolOptions): GitPools {
  const waiting = { queue, queueTimeoutMs, busy };
  const share = { running: Math.max(1, shareOf(processes)), waiting: shareOf(queue) };
  const clients = createSemaphore({ atOnce: processes, ...waiting, share });
  const reads = createSemaphore({ atOnce: Math.max(2, Math.ceil(processes / 2)), ...waiting });
  return {
    clients,
    reads,
    counts: () => {
      const one = clients.counts();
      const other = reads.counts();
      return { running: one.running + other.running, waiting: one.waiting + other.waiting };
    },
  };
}
