import { MINUTE } from '../lib/clock.ts';
import type { Deps } from './deps.ts';

export interface UsageLog<Use> extends AsyncDisposable {
  /** Notes a use in memory, on the request's path: no query, no wait. */
  note(tokenId: number, use: Use): void;
  /** Writes what was noted: at most one row a token. */
  flush(): Promise<void>;
}

/**
 * Keeps the last use of each token and writes it once a minute: a token that is used a thousand times a second costs one
 * write a minute. What was noted in the last minute is lost when the machine is.
 * @param what whose last use this is, for the report of a failure.
 * @param write puts one use into the database.
 */
export function createUsageLog<Use extends object>(
  { clock, report }: Pick<Deps, 'clock' | 'report'>,
  what: string,
  write: (tokenId: number, use: Use & { at: number }) => Promise<void>,
): UsageLog<Use> {
  let noted = new Map<number, Use & { at: number }>();

  const flush = async () => {
    const batch = noted;
    noted = new Map();
    try {
      for (const [id, use] of batch) {
        await write(id, use);
        batch.delete(id);
      }
    } catch (error) {
      // What could not be written waits for the next time, unless the token was used again meanwhile.
      noted = new Map([...batch, ...noted]);
      throw error;
    }
  };
  const timer = setInterval(() => {
    flush().catch((error) => report(`last use of ${what} could not be written`, error));
  }, MINUTE);
  timer.unref();

  return {
    note: (tokenId, use) => void noted.set(tokenId, { ...use, at: clock() }),
    flush,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await flush();
    },
  };
}
