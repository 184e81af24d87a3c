export interface SemaphoreOptions {
  /** How many run at once. */
  atOnce: number;
  /** How many may wait. */
  queue: number;
  /** Longest wait, in milliseconds. */
  queueTimeoutMs: number;
  /** The error when too many wait, or the wait was too long. */
  busy: () => Error;
}

export interface Semaphore {
  /**
   * Waits for a turn, in order of arrival. @returns a function that ends the turn; a second call does nothing.
   * @throws the error of `busy`; the reason of the signal when it is aborted.
   */
  enter(signal?: AbortSignal): Promise<() => void>;
  counts(): { running: number; waiting: number };
}

/** Bounds how much runs at once. */
export function createSemaphore({ atOnce, queue, queueTimeoutMs, busy }: SemaphoreOptions): Semaphore {
  let running = 0;
  // A set keeps the order of arrival and can be left from the middle.
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
    const timer = setTimeout(() => give(busy()), queueTimeoutMs);
    signal?.addEventListener('abort', aborted);
    waiting.add(start);
    return promise;
  };

  return {
    async enter(signal) {
      signal?.throwIfAborted();
      if (running < atOnce) return turn();
      if (waiting.size >= queue) throw busy();
      return wait(signal);
    },
    counts: () => ({ running, waiting: waiting.size }),
  };
}
