import type { BlobStore } from '../../store/blobs/blob-store.ts';
import type { Db } from '../../store/db/database.ts';
import { lockBlobs } from '../../store/db/locks.ts';

/**
 * Protects blobs from the collector until the transaction ends. Every transaction that writes a reference to a blob
 * calls this first.
 * @returns the blobs that do not exist: they were stored longer ago than the grace period, and deleted. See
 * docs/decisions/0005.
 */
export async function pinBlobs(trx: Db, store: BlobStore, sha256s: readonly string[]): Promise<string[]> {
  const names = [...new Set(sha256s)];
  await lockBlobs(trx, names);
  const sizes = await Promise.all(names.map((sha256) => store.size(sha256)));
  return names.filter((_, i) => sizes[i] === null);
}
