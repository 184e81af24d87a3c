import { inTransaction } from '../../store/db/database.ts';
import { updateVersionDownload } from '../../store/tables/packages.ts';
import type { Deps } from '../deps.ts';
import { createBatch } from '../usage/batch.ts';

/** Rows per transaction: they share one wait for the disk, and other writers do not wait long. */
const BATCH_SIZE = 200;

/** Records the last download of versions: in memory with each download, in the database once a minute. */
export function createDownloadLog({ db, clock, report }: Pick<Deps, 'db' | 'clock' | 'report'>) {
  const batch = createBatch<number, number>({ report }, 'last downloads', Math.max, async (noted) => {
    while (noted.size > 0) {
      const some = [...noted].slice(0, BATCH_SIZE);
      await inTransaction(db, async (trx) => {
        for (const [versionId, at] of some) await updateVersionDownload(trx, versionId, at);
      });
      for (const [versionId] of some) noted.delete(versionId);
    }
  });
  return {
    note: (versionId: number) => batch.note(versionId, clock()),
    flush: batch.flush,
    [Symbol.asyncDispose]: () => batch[Symbol.asyncDispose](),
  };
}
