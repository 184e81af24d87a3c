import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../db/types.ts';

/** A link `r` to a blob that no manifest of its image needs, and that nobody pushed, mounted or asked for since. */
export const isStaleImageBlob = (cutoff: number): RawBuilder<boolean> => sql<boolean>`(r.touched_at < ${cutoff}
  and not exists (select 1 from image_manifest_blobs as n where n.image_id = r.image_id and n.digest = r.digest))`;

/** The ids of images in their order, `limit` of them. */
export async function listImageIds(db: Db, after: number, limit: number): Promise<number[]> {
  const rows = await db.selectFrom('images').select('id').where('id', '>', after).orderBy('id').limit(limit).execute();
  return rows.map((row) => row.id);
}

/** Images by their ids, both ends inclusive. */
export interface ImageRange {
  first: number;
  last: number;
}

/**
 * Deletes the stale links of these images to blobs.
 * @returns how many. @throws a missing-reference error when a manifest came to need one of the blobs in the meantime:
 * then no link is deleted.
 */
export async function deleteStaleImageBlobs(db: Db, { first, last }: ImageRange, cutoff: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('image_blobs as r')
    .where('r.image_id', '>=', first)
    .where('r.image_id', '<=', last)
    .where(isStaleImageBlob(cutoff))
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
