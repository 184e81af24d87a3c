/**
 * One line of the results. Every figure is a ratio of two things measured in the same run, but for start and memory.
 */
export interface Figure {
  what: string;
  /** With their units. */
  ours: string;
  /** What it is compared with: a peer's figure, or ours under other circumstances. */
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
  /** What was done, and what the two columns are: enough to do it again by hand. */
  method: string;
  columns: readonly [string, string];
  /** @param say tells of progress. */
  run(say: (line: string) => void): Promise<Figure[]>;
}
