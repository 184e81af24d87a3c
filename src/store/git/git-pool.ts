import { unavailable } from '../../lib/errors.ts';
import { createTurns, type Turns } from '../../lib/turns.ts';

export type GitPool = Turns;

export interface GitPoolOptions {
  /** How many run at once. */
  processes: number;
  /** How many may wait. */
  queue: number;
  /** How long one may wait, in milliseconds. */
  queueTimeoutMs: number;
}

const busy = () => unavailable('The server is busy with other clones and pushes. Try again in a moment.', 10);

/** Bounds the gits that run at once: each costs memory and a core, and too many of them are slower than some of them. */
export const createGitPool = ({ processes, queue, queueTimeoutMs }: GitPoolOptions): GitPool =>
  createTurns({ atOnce: processes, queue, queueTimeoutMs, busy });
