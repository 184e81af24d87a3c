import type { BlobStore } from '../../store/blobs/blob-store.ts';
import type { Db } from '../../store/db/database.ts';
import { lockBlobs } from '../../store/db/locks.ts';

/**
 * To be called in every transaction that comes to refer to blobs, before it writes the reference: until the transaction
 * ends the collector takes none of them away. One that is gone by now was put so long before that it seemed forgotten.
 * @returns those that are not there. Docs: docs/decisions/0005.
 */
export async function pinBlobs(trx: Db, store: BlobStore, sha256s: readonly string[]): Promise<string[]> {
  const names = [...new Set(sha256s)];
  await lockBlobs(trx, names);
  const sizes = await Promise.all(names.map((sha256) => store.size(sha256)));
  return names.filter((_, i) => sizes[i] === null);
}
