import { unavailable } from '../../lib/errors.ts';
import { createSemaphore, type Semaphore } from '../../lib/semaphore.ts';

export type GitPool = Semaphore;

export interface GitPoolOptions {
  /** How many run at once. */
  processes: number;
  /** How many may wait. */
  queue: number;
  /** How long one may wait, in milliseconds. */
  queueTimeoutMs: number;
}

const busy = () => unavailable('The server is busy with other clones and pushes. Try again in a moment.', 10);

/**
 * Bounds the number of concurrent git processes: each takes memory and a core.
 */
export const createGitPool = ({ processes, queue, queueTimeoutMs }: GitPoolOptions): GitPool =>
  createSemaphore({ atOnce: processes, queue, queueTimeoutMs, busy });
