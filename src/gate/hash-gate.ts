import { MINUTE } from '../lib/clock.ts';
import { createSemaphore } from '../lib/semaphore.ts';
import { subnetOf } from '../lib/subnet.ts';

/**
 * A password check takes 19 MiB and 30 ms of a core: how many run at once, and how many wait, in total and from one
 * address.
 */
export const GATE = { running: 4, waiting: 64, perAddress: 16 };

export type HashGate = ReturnType<typeof createHashGate>;

const BUSY = new Error('too many password checks wait');

/** Keeps a flood of password guesses from taking the processor and the memory of other requests. */
export function createHashGate({ running, waiting, perAddress } = GATE) {
  const semaphore = createSemaphore({ atOnce: running, queue: waiting, queueTimeoutMs: MINUTE, busy: () => BUSY });
  const inside = new Map<string, number>();

  return {
    /**
     * Runs `work` when it is its turn, in order of arrival.
     * @returns `busy` when too many wait already, in total or from this address, or when it has waited for a minute.
     */
    async run<T>(ip: string, work: () => Promise<T>): Promise<T | 'busy'> {
      const network = subnetOf(ip);
      const mine = inside.get(network) ?? 0;
      if (mine >= perAddress) return 'busy';
      inside.set(network, mine + 1);
      try {
        const leave = await semaphore.enter();
        return await work().finally(leave);
      } catch (error) {
        if (error === BUSY) return 'busy';
        throw error;
      } finally {
        const left = (inside.get(network) ?? 1) - 1;
        if (left > 0) inside.set(network, left);
        else inside.delete(network);
      }
    },
  };
}
