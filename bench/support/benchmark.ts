/**
 * One line of the results. Every figure is a ratio of two things measured in the same run, but for start and memory.
 */
export interface Figure {
  what: string;
  /** With their units. */
  ours: string;
  /** The figure to compare with: a peer's, or ours under other conditions. */
  other: string;
  ratio: number | null;
  /** For people: `at most 1.2`. Empty: measured for information. */
  target: string;
  met: boolean | null;
}

/** Something to measure. One file each, listed in `bench/main.ts`. */
export interface Benchmark {
  name: string;
  title: string;
  /** The procedure and the two columns, detailed enough to repeat by hand. */
  method: string;
  columns: readonly [string, string];
  /** @param say reports progress. */
  run(say: (line: string) => void): Promise<Figure[]>;
}
