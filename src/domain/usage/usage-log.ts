import { type Db, inTransaction } from '../../store/db/database.ts';
import type { Deps } from '../deps.ts';
import { createBatch } from './batch.ts';

export interface UsageLog<Use> extends AsyncDisposable {
  note(id: number, use: Use): void;
  /** Writes what was noted: at most one row each. */
  flush(): Promise<void>;
}

/**
 * Keeps the last use of each thing that has one, such as a token.
 * @param what the things that have a last use, for the report of a failure.
 * @param write puts one use into the database.
 */
export function createUsageLog<Use extends object>(
  { db, clock, report }: Pick<Deps, 'db' | 'clock' | 'report'>,
  what: string,
  write: (trx: Db, id: number, use: Use & { at: number }) => Promise<void>,
): UsageLog<Use> {
  const { note, ...batch } = createBatch<number, Use & { at: number }>(
    { report },
    `last use of ${what}`,
    (_, later) => later,
    async (uses) => {
      // In one transaction, which waits for the disk once; in the order in which other servers lock the rows.
      const inOrder = [...uses].toSorted(([a], [b]) => a - b);
      await inTransaction(db, async (trx) => {
        for (const [id, use] of inOrder) await write(trx, id, use);
      });
    },
  );
  return { ...batch, note: (id, use) => note(id, { ...use, at: clock() }) };
}
