import type { BlobStore } from '../../store/blobs/blob-store.ts';
import type { BlobPlace } from '../../store/tables/blob-column.ts';
import { deleteUnlinked, findReferenced, findUnlinked } from '../../store/tables/blob-references.ts';
import type { References } from './sweep.ts';

/**
 * The references to the blobs of a store, from the list of blob columns.
 * @param staleBefore leaves out the links that a run would delete first, for a dry run. While a blob is deleted every
 * link counts: its manifest may have been deleted since the stale links were, and then the blob waits for the next run.
 */
export const referencesTo = (name: BlobPlace, store: BlobStore, staleBefore: number | null = null): References => ({
  store,
  findNeeded: (db, sha256s) => findReferenced(db, name, sha256s, staleBefore),
  findUnlinked: (db, prefix) => findUnlinked(db, name, prefix),
  purgeRows: (db, sha256s) => deleteUnlinked(db, name, sha256s),
});
