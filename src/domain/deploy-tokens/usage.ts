import { type Clock, MINUTE } from '../../lib/clock.ts';
import type { Db } from '../../store/db/database.ts';
import { updateDeployTokenUse } from '../../store/tables/deploy-tokens.ts';

export interface Use {
  ip: string;
  /** Which door it came through: `git`, `lfs`, `registry`, `npm`, ... */
  protocol: string;
}

export interface UsageLog extends AsyncDisposable {
  /** Notes a use in memory, on the request's path: no query, no wait. */
  note(tokenId: number, use: Use): void;
  /** Writes what was noted: at most one row a token. */
  flush(): Promise<void>;
}

/**
 * Keeps the last use of each token and writes it once a minute: a token that is used a thousand times a second costs one
 * write a minute. What was noted in the last minute is lost when the machine is.
 */
export function createUsageLog(db: Db, clock: Clock, report: (message: string, error: unknown) => void): UsageLog {
  let noted = new Map<number, Use & { at: number }>();

  const flush = async () => {
    const batch = noted;
    noted = new Map();
    for (const [id, use] of batch) await updateDeployTokenUse(db, id, use);
  };
  const timer = setInterval(() => {
    flush().catch((error) => report('last use of deploy tokens could not be written', error));
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
