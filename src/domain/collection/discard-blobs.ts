import type { BlobPlace } from '../../store/tables/blob-column.ts';
import type { Deps } from '../deps.ts';
import { referencesTo } from './references.ts';
import { deleteUnreferenced } from './sweep.ts';

/**
 * Deletes blobs of a refused request at once, where nothing refers to them: the collector would keep them for the grace
 * period, and a storage limit does not count them. A blob that another request has received and not yet referred to may
 * be among them; that request gets `unavailable`, and sends it again.
 */
export async function discardBlobs(
  { db, blobs, imageBlobs, report }: Pick<Deps, 'db' | 'blobs' | 'imageBlobs' | 'report'>,
  place: BlobPlace,
  sha256s: readonly string[],
): Promise<void> {
  if (sha256s.length === 0) return;
  try {
    const references = referencesTo(place, place === 'images' ? imageBlobs : blobs);
    await deleteUnreferenced(db, references, sha256s, Number.POSITIVE_INFINITY);
  } catch (error) {
    report('the blobs of a refused request could not be deleted', error);
  }
}
