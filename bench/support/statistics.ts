export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new Error('the median of nothing');
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/**
 * Measures two things in turns, so that whatever else the machine does meets both alike, and changes who goes first.
 * @returns what each turn measured.
 */
export async function interleaved(
  rounds: number,
  first: (round: number) => Promise<number> | number,
  second: (round: number) => Promise<number> | number,
): Promise<[number[], number[]]> {
  const a: number[] = [];
  const b: number[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) a.push(await first(round));
    b.push(await second(round));
    if (round % 2 === 1) a.push(await first(round));
  }
  return [a, b];
}

/** The median of the ratios of each round: steadier than the ratio of the medians when the machine is not. */
export const medianRatio = (a: readonly number[], b: readonly number[]): number =>
  median(a.map((value, round) => value / (b[round] ?? Number.NaN)));

/** Three figures are as many as such a measurement has. */
export const figures = (value: number, unit: string): string => `${Number(value.toPrecision(3))} ${unit}`;
