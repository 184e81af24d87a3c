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
  const counts = new Map<string, number>();
  const count = (name: string) => counts.get(name) ?? 0;
  return {
    count,
    enter(names) {
      for (const name of names) if (count(name) >= most) throw full(name);
      for (const name of names) counts.set(name, count(name) + 1);
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        for (const name of names) {
          const left = count(name) - 1;
          if (left > 0) counts.set(name, left);
          else counts.delete(name);
        }
      };
    },
  };
}
