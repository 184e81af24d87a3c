import { LRUCache } from 'lru-cache';

/** No count is good for longer than this. */
const MAX_AGE_MS = 5_000;
/**
 * A count is good for so many times as long as it took: those who try again and again cost a small part of the server,
 * at most.
 */
const AGE_PER_DURATION = 20;
/** How many counts are remembered: the least recently used one is dropped first, and counted again when needed. */
const MAX_ENTRIES = 1_000;

/**
 * Remembers which limits were recounted recently, so that repeated requests over the quota do not cause a recount
 * again.
 * @param now in milliseconds.
 */
export function createQuotaRecount<T>(now: () => number = () => performance.now()) {
  const known = new LRUCache<number, { running: Promise<T> | undefined; until: number }>({ max: MAX_ENTRIES });

  const count = async (id: number, work: () => Promise<T>): Promise<T> => {
    const begun = now();
    const running = work();
    known.set(id, { running, until: 0 });
    try {
      const counted = await running;
      const ended = now();
      known.set(id, { running: undefined, until: ended + Math.min(MAX_AGE_MS, AGE_PER_DURATION * (ended - begun)) });
      return counted;
    } catch (error) {
      known.delete(id);
      throw error;
    }
  };

  return {
    /**
     * Counts, or waits for the count that is under way. @returns undefined: it was counted a moment ago, and is written
     * down.
     */
    async count(id: number, work: () => Promise<T>): Promise<T | undefined> {
      const before = known.get(id);
      if (before?.running) return before.running;
      return before && before.until > now() ? undefined : count(id, work);
    },
  };
}
