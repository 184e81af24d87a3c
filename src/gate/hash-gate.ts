import { subnetOf } from '../lib/subnet.ts';

/**
 * A password check takes 19 MiB and 30 ms of a core: so many run at once, and so many wait, in all and from one
 * address.
 */
export const GATE = { running: 4, waiting: 64, perAddress: 16 };

export type HashGate = ReturnType<typeof createHashGate>;

/** Keeps a flood of password guesses from taking the processor and the memory of everyone else. */
export function createHashGate(limits = GATE) {
  const queue: (() => void)[] = [];
  const inside = new Map<string, number>();
  let running = 0;

  const leave = (network: string) => {
    const left = (inside.get(network) ?? 1) - 1;
    if (left > 0) inside.set(network, left);
    else inside.delete(network);
    const next = queue.shift();
    // The place goes over to the next without being free in between.
    if (next) next();
    else running -= 1;
  };

  return {
    /**
     * Runs `work` when it is its turn, first come first served.
     * @returns `busy`, at once, when too many wait already, in all or from this address.
     */
    async run<T>(ip: string, work: () => Promise<T>): Promise<T | 'busy'> {
      const network = subnetOf(ip);
      const mine = inside.get(network) ?? 0;
      if (mine >= limits.perAddress || (running >= limits.running && queue.length >= limits.waiting)) return 'busy';
      inside.set(network, mine + 1);
      if (running < limits.running) running += 1;
      else await new Promise<void>((resolve) => queue.push(resolve));
      try {
        return await work();
      } finally {
        leave(network);
      }
    },
  };
}
