import { createTally } from './tally.ts';

/** Bounds how many of something are open at once, under several names: of one credential, from one address. */
export interface OpenCounts {
  /**
   * Counts one more under each of these names.
   * @returns a function that ends it; a second call does nothing.
   * @throws the error of `full` when one of the names has as many as it may have; nothing is counted then.
   */
  enter(names: readonly string[]): () => void;
  /** How many are open under a name. */
  count(name: string): number;
}

/**
 * @param most how many may be open under one name.
 * @param full makes the error. @param name the name that has as many as it may have.
 */
export function createOpenCounts(most: number, full: (name: string) => Error): OpenCounts {
  const counts = createTally();
  return {
    count: counts.of,
    enter(names) {
      for (const name of names) if (counts.of(name) >= most) throw full(name);
      counts.add(names, 1);
      let isOpen = true;
      return () => {
        if (isOpen) counts.add(names, -1);
        isOpen = false;
      };
    },
  };
}
