import { conflict } from '../../lib/errors.ts';
import type { Db } from '../../store/db/database.ts';
import { deleteManifests, lockManifest } from '../../store/tables/deleted-manifests.ts';
import { findIndexesListing } from '../../store/tables/image-manifest-entries.ts';

/**
 * Deletes a manifest of an image, with the tags on it. A manifest that an index lists stays: the index would be
 * incomplete, and could not be pulled.
 * @param check is called with the manifest locked, before the deletion.
 * @returns false when the image has no such manifest.
 * @throws PosternError conflict, about `manifest`, when an index lists it; what `check` throws.
 */
export async function deleteManifest(
  trx: Db,
  imageId: number,
  digest: string,
  check: () => Promise<void> = async () => {},
): Promise<boolean> {
  const id = await lockManifest(trx, imageId, digest);
  if (id === undefined) return false;
  await check();
  const index = (await findIndexesListing(trx, [id])).get(id);
  if (index !== undefined)
    throw conflict(`The index ${index} lists this manifest. Delete the index first.`, 'manifest');
  await deleteManifests(trx, [id]);
  return true;
}
