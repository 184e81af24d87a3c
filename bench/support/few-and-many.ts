import { figures, median, medianRatio } from './statistics.ts';

/** A server with so many things stored, of which one after the other is read. */
export interface Store extends AsyncDisposable {
  /** Reads one, drawn at random. @returns how long it took, in microseconds. */
  read(): Promise<number>;
}

interface Plan {
  /** How many are stored, on one side and on the other. */
  few: number;
  many: number;
  /** A description of the stored data. */
  what: string;
  rounds: number;
  /** On each side, in each round. */
  reads: number;
}

/**
 * Reads among few and among many, one here and one there in turns, after a round to warm up.
 * @returns medians of single reads, then of the rounds, in microseconds; and the median of the rounds' ratios.
 */
export async function amongFewAndMany(
  { few, many, what, rounds, reads }: Plan,
  storeOf: (count: number) => Promise<Store>,
  say: (line: string) => void,
): Promise<{ few: number; many: number; ratio: number }> {
  await using small = await storeOf(few);
  await using large = await storeOf(many);
  say(`stored ${few} and ${many} ${what}`);
  const ofFew: number[] = [];
  const ofMany: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const times = { few: [] as number[], many: [] as number[] };
    for (let i = 0; i < reads; i++) {
      // As requests come: what is read in one turn of the event loop shares a read transaction.
      await new Promise(setImmediate);
      times.few.push(await small.read());
      await new Promise(setImmediate);
      times.many.push(await large.read());
    }
    const a = median(times.few);
    const b = median(times.many);
    say(`${figures(b, 'µs')} / ${figures(a, 'µs')}${round === 0 ? ' (warming up)' : ''}`);
    if (round === 0) continue;
    ofFew.push(a);
    ofMany.push(b);
  }
  return { few: median(ofFew), many: median(ofMany), ratio: medianRatio(ofMany, ofFew) };
}
