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
  /**
   * For the short reads of pages and of the server itself: no client decides how long they take. The key is the
   * project: the reads of a large repository take longer.
   */
  reads: Semaphore;
  /** For requests that are kept in a file until a git reads them. The keys are those of clients. */
  largeRequests: Semaphore;
  /** Of the processes. */
  counts: Semaphore['counts'];
}

/** Each takes up to 64 MiB of the disk. */
const LARGE_REQUESTS = 16;

/** A repository has turns beside another one's, and more than one at a time. */
const FEWEST_READS = 3;

const busy = () => unavailable('The server is busy with other clones and pushes. Try again in a moment.', 10);

/** A key gets three quarters: whatever a credential or a repository does with its turns, some are left for others. */
const shareOf = (all: number) => all - Math.ceil(all / 4);

export function createGitPools({ processes, queue, queueTimeoutMs }: GitPoolOptions): GitPools {
  const waiting = { queue, queueTimeoutMs, busy };
  const create = (atOnce: number) =>
    createSemaphore({
      atOnce,
      ...waiting,
      share: { running: Math.max(1, shareOf(atOnce)), waiting: shareOf(queue) },
    });
  const clients = create(processes);
  const reads = create(Math.max(FEWEST_READS, Math.ceil(processes / 2)));
  return {
    clients,
    reads,
    largeRequests: create(LARGE_REQUESTS),
    counts: () => {
      const one = clients.counts();
      const other = reads.counts();
      return { running: one.running + other.running, waiting: one.waiting + other.waiting };
    },
  };
}
