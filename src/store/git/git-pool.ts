import { unavailable } from '../../lib/errors.ts';

export interface GitPoolOptions {
  /** How many run at once. */
  processes: number;
  /** How many may wait. */
  queue: number;
  /** How long one may wait, in milliseconds. */
  queueTimeoutMs: number;
}

export interface GitPool {
  /**
   * Waits for a turn, in order of arrival. @returns what ends the turn; calling it twice is no error.
   * @throws PosternError `unavailable` when too many wait or the wait was too long; the signal's reason when it is aborted.
   */
  enter(signal?: AbortSignal): Promise<() => void>;
  counts(): { running: number; waiting: number };
}

const BUSY = 'The server is busy with other clones and pushes. Try again in a moment.';
const RETRY_SECONDS = 10;

/** Bounds the gits that run at once: each costs memory and a core, and too many of them are slower than some of them. */
export function createGitPool({ processes, queue, queueTimeoutMs }: GitPoolOptions): GitPool {
  let running = 0;
  // A set keeps the order of arrival, and lets one who gave up leave from the middle.
  const waiting = new Set<() => void>();

  const turn = (): (() => void) => {
    running += 1;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      running -= 1;
      const [next] = waiting;
      if (next) next();
    };
  };

  const wait = (signal: AbortSignal | undefined): Promise<() => void> => {
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const leave = () => {
      waiting.delete(start);
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    };
    const start = () => {
      leave();
      resolve(turn());
    };
    const give = (error: unknown) => {
      leave();
      reject(error);
    };
    const aborted = () => give(signal?.reason);
    const timer = setTimeout(() => give(unavailable(BUSY, RETRY_SECONDS)), queueTimeoutMs);
    signal?.addEventListener('abort', aborted);
    waiting.add(start);
    return promise;
  };

  return {
    async enter(signal) {
      signal?.throwIfAborted();
      if (running < processes) return turn();
      if (waiting.size >= queue) throw unavailable(BUSY, RETRY_SECONDS);
      return wait(signal);
    },
    counts: () => ({ running, waiting: waiting.size }),
  };
}
