/** Sums by name. A name whose sum is 0 takes no memory. */
export interface Tally {
  /** Adds to the sum of each of these names. */
  add(names: readonly string[], by: number): void;
  /** The sum of a name. */
  of(name: string): number;
  /** The largest sum of some names; 0 for none. */
  most(names: readonly string[]): number;
}

export function createTally(): Tally {
  const sums = new Map<string, number>();
  const of = (name: string) => sums.get(name) ?? 0;
  return {
    add(names, by) {
      for (const name of names) {
        const sum = of(name) + by;
        if (sum === 0) sums.delete(name);
        else sums.set(name, sum);
      }
    },
    of,
    most: (names) => names.reduce((most, name) => Math.max(most, of(name)), 0),
  };
}
