import type { Db } from '../db/database.ts';
import { isPostgres } from '../db/migrations/columns.ts';

/**
 * The id of a manifest of this image, locked until the transaction ends: a tag or an index that comes to refer to it
 * waits, and fails once it is deleted.
 */
export async function lockManifest(trx: Db, imageId: number, digest: string): Promise<number | undefined> {
  const query = trx
    .selectFrom('image_manifests')
    .select('id')
    .where('image_id', '=', imageId)
    .where('digest', '=', digest);
  return (await (isPostgres(trx) ? query.forUpdate() : query).executeTakeFirst())?.id;
}

/** Deletes manifests with their tags. */
export async function deleteManifests(trx: Db, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await trx.deleteFrom('image_manifests').where('id', 'in', ids).execute();
}
