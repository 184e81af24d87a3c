import { MINUTE } from '../../lib/clock.ts';
import type { Deps } from '../deps.ts';

export interface Batch<K, V> extends AsyncDisposable {
  /** Notes in memory, on the request's path: no query, no wait. */
  note(key: K, value: V): void;
  /** Writes what was noted. */
  flush(): Promise<void>;
}

/**
 * Collects what is noted with each request and writes it once a minute, so that a thousand requests a second cost one
 * write a minute. The notes of the last minute are lost in a crash.
 * @param what is collected, for the report of a failure.
 * @param merge puts a later value under the same key onto an earlier one.
 * @param write takes entries out of the batch as they are written; what it leaves there when it throws waits for the
 * next time.
 */
export function createBatch<K, V>(
  { report }: Pick<Deps, 'report'>,
  what: string,
  merge: (earlier: V, later: V) => V,
  write: (batch: Map<K, V>) => Promise<void>,
): Batch<K, V> {
  let noted = new Map<K, V>();

  const note = (key: K, value: V) => {
    const earlier = noted.get(key);
    noted.set(key, earlier === undefined ? value : merge(earlier, value));
  };
  const flush = async () => {
    const batch = noted;
    noted = new Map();
    try {
      await write(batch);
    } catch (error) {
      const since = noted;
      noted = batch;
      for (const [key, value] of since) note(key, value);
      throw error;
    }
  };
  const timer = setInterval(() => {
    flush().catch((error) => report(`${what} could not be written`, error));
  }, MINUTE);
  timer.unref();

  return {
    note,
    flush,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await flush();
    },
  };
}
