import type { Db } from '../db/database.ts';

/** How many rows one statement writes. */
const BATCH = 1000;

/**
 * Writes which manifests an index lists. In the order of their ids: transactions that lock several of them then wait
 * for each other, and do not deadlock.
 * @throws a missing-reference error when one of them was deleted in the meantime.
 */
export async function insertManifestEntries(db: Db, indexId: number, manifestIds: readonly number[]): Promise<void> {
  const rows = manifestIds
    .toSorted((a, b) => a - b)
    .map((manifestId) => ({ index_id: indexId, manifest_id: manifestId }));
  for (let at = 0; at < rows.length; at += BATCH) {
    await db
      .insertInto('image_manifest_entries')
      .values(rows.slice(at, at + BATCH))
      .onConflict((c) => c.columns(['index_id', 'manifest_id']).doNothing())
      .execute();
  }
}

/** The digest of the newest index that lists each of these manifests, by the id of the manifest. */
export async function findIndexesListing(db: Db, manifestIds: readonly number[]): Promise<Map<number, string>> {
  if (manifestIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('image_manifest_entries as e')
    .innerJoin('image_manifests as m', 'm.id', 'e.index_id')
    .select(['e.manifest_id', 'm.digest'])
    .where('e.manifest_id', 'in', manifestIds)
    .where((eb) =>
      eb(
        'e.index_id',
        '=',
        eb
          .selectFrom('image_manifest_entries as newest')
          .select((newest) => newest.fn.max('newest.index_id').as('id'))
          .whereRef('newest.manifest_id', '=', 'e.manifest_id'),
      ),
    )
    .execute();
  return new Map(rows.map((row) => [row.manifest_id, row.digest]));
}

/**
 * The indexes among these manifests that have no entry: those that list nothing or blobs, or were not recorded. Without
 * their bytes, of which each may have megabytes.
 */
export function listIndexesWithoutEntries(
  db: Db,
  { first, last }: { first: number; last: number },
): Promise<{ id: number; image_id: number; digest: string }[]> {
  return db
    .selectFrom('image_manifests as m')
    .select(['m.id', 'm.image_id', 'm.digest'])
    .where('m.id', '>=', first)
    .where('m.id', '<=', last)
    .where('m.image_size', '=', 0)
    .where('m.config_digest', 'is', null)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb.selectFrom('image_manifest_entries as e').select('e.index_id').whereRef('e.index_id', '=', 'm.id'),
        ),
      ),
    )
    .execute();
}
