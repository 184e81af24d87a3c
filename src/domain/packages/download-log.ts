import { inTransaction } from '../../store/db/database.ts';
import { updateVersionDownload } from '../../store/tables/packages.ts';
import type { Deps } from '../deps.ts';
import { createBatch } from '../usage/batch.ts';

/**
 * So many are written in one transaction: one wait for the disk for all of them, and no long wait for who else writes.
 */
const BATCH_SIZE = 200;

/** When versions were last downloaded: noted with each download, written once a minute. */
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
