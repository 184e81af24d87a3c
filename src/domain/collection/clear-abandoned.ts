import type { BlobStore } from '../../store/blobs/blob-store.ts';
import type { Amount, Run } from './sweep.ts';

/** Deletes abandoned uploads, and temporary files of killed processes. No row refers to them: their age decides. */
export async function clearAbandoned(
  stores: readonly BlobStore[],
  run: Run,
): Promise<{ uploads: Amount; leftovers: Amount }> {
  const uploads = { count: 0, bytes: 0 };
  const leftovers = { count: 0, bytes: 0 };
  const clear = async (found: { size: number; modifiedAt: number }, amount: Amount, remove: () => Promise<void>) => {
    run.signal.throwIfAborted();
    if (found.modifiedAt >= run.cutoff) return;
    try {
      if (!run.dryRun) await remove();
      amount.count += 1;
      amount.bytes += found.size;
    } catch (error) {
      run.failed(error);
    }
  };
  for (const store of stores) {
    for await (const upload of store.uploads.list())
      await clear(upload, uploads, () => store.uploads.discard(upload.id));
    for await (const leftover of store.leftovers()) await clear(leftover, leftovers, leftover.remove);
  }
  return { uploads, leftovers };
}
