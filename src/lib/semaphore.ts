import { createTally } from './tally.ts';

export interface SemaphoreOptions {
  /** How many run at once. */
  atOnce: number;
  /** How many may wait. */
  queue: number;
  /** Longest wait, in milliseconds. */
  queueTimeoutMs: number;
  /** The error when too many wait, or the wait was too long. */
  busy: () => Error;
  /** How many of one key may run and may wait; left out: as many as of all. */
  share?: { running: number; waiting: number };
}

export interface Semaphore {
  /**
   * Waits for a turn. Among those that wait, the one whose keys have the fewest turns is next; then the order of
   * arrival counts.
   * @param keys the turn counts for each of them: an actor and its address.
   * @returns a function that ends the turn; a second call does nothing.
   * @throws the error of `busy`; the reason of the signal when it is aborted.
   */
  enter(signal?: AbortSignal, keys?: readonly string[]): Promise<() => void>;
  counts(): { running: number; waiting: number };
}

interface Waiting {
  keys: readonly string[];
  start(): void;
}

const UNLIMITED = { running: Number.POSITIVE_INFINITY, waiting: Number.POSITIVE_INFINITY };

/** Bounds how much runs at once, and how much of that is for one key. */
export function createSemaphore(options: SemaphoreOptions): Semaphore {
  const { atOnce, queue, queueTimeoutMs, busy, share = UNLIMITED } = options;
  let running = 0;
  const runningOf = createTally();
  const waitingOf = createTally();
  // A set keeps the order of arrival and can be left from the middle.
  const waiting = new Set<Waiting>();

  const mayRun = (keys: readonly string[]) => running < atOnce && runningOf.most(keys) < share.running;

  const nextOf = (): Waiting | undefined => {
    let next: Waiting | undefined;
    for (const one of waiting)
      if (mayRun(one.keys) && (!next || runningOf.most(one.keys) < runningOf.most(next.keys))) next = one;
    return next;
  };

  /** When a turn ends, several may start: one waited for its credential, and one for its address. */
  const startNext = () => {
    for (let next = nextOf(); next; next = nextOf()) next.start();
  };

  const turn = (keys: readonly string[]): (() => void) => {
    running += 1;
    runningOf.add(keys, 1);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      running -= 1;
      runningOf.add(keys, -1);
      startNext();
    };
  };

  const wait = (signal: AbortSignal | undefined, keys: readonly string[]): Promise<() => void> => {
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const leave = () => {
      waiting.delete(own);
      waitingOf.add(keys, -1);
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    };
    const own: Waiting = {
      keys,
      start() {
        leave();
        resolve(turn(keys));
      },
    };
    const give = (error: unknown) => {
      leave();
      reject(error);
    };
    const aborted = () => give(signal?.reason);
    const timer = setTimeout(() => give(busy()), queueTimeoutMs);
    signal?.addEventListener('abort', aborted);
    waiting.add(own);
    waitingOf.add(keys, 1);
    return promise;
  };

  return {
    async enter(signal, keys = []) {
      signal?.throwIfAborted();
      if (mayRun(keys)) return turn(keys);
      if (waiting.size >= queue || waitingOf.most(keys) >= share.waiting) throw busy();
      return wait(signal, keys);
    },
    counts: () => ({ running, waiting: waiting.size }),
  };
}
