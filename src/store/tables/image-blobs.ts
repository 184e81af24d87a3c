import { type Insertable, type Selectable, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { ImageContentsTable } from '../db/images-schema.ts';
import { preparedOne } from '../db/prepared.ts';
import type { BlobColumn } from './blob-column.ts';
import { isStaleImageBlob } from './stale-image-blobs.ts';

export type ImageContentRow = Selectable<ImageContentsTable>;

/** A content as an image has it. */
export interface ImageBlobRow extends ImageContentRow {
  touched_at: number;
}

/** See `BLOB_COLUMNS`. */
export const imageBlobColumn: BlobColumn = {
  store: 'images',
  table: 'image_contents',
  column: 'sha256',
  counted: { kind: 'images', size: 'size' },
  links: { table: 'image_blobs', on: 'digest', isStale: isStaleImageBlob },
  project: { joins: sql`join images i on i.id = r.image_id`, id: sql.ref('i.project_id') },
};

/** The blob of a digest, if it is linked to this image. */
export const findImageBlob = preparedOne<ImageBlobRow, [number, string]>((db, imageId, digest) =>
  db
    .selectFrom('image_blobs as b')
    .innerJoin('image_contents as c', 'c.digest', 'b.digest')
    .selectAll('c')
    .select('b.touched_at')
    .where('b.image_id', '=', imageId)
    .where('b.digest', '=', digest),
);

/** The same for several. */
export async function findImageBlobs(db: Db, imageId: number, digests: readonly string[]): Promise<ImageBlobRow[]> {
  if (digests.length === 0) return [];
  return db
    .selectFrom('image_blobs as b')
    .innerJoin('image_contents as c', 'c.digest', 'b.digest')
    .selectAll('c')
    .select('b.touched_at')
    .where('b.image_id', '=', imageId)
    .where('b.digest', 'in', digests)
    .execute();
}

/** Which of these digests are linked to this image. */
export async function findLinked(db: Db, imageId: number, digests: readonly string[]): Promise<Set<string>> {
  if (digests.length === 0) return new Set();
  const rows = await db
    .selectFrom('image_blobs')
    .select('digest')
    .where('image_id', '=', imageId)
    .where('digest', 'in', digests)
    .execute();
  return new Set(rows.map((row) => row.digest));
}

export async function insertContent(db: Db, row: Insertable<ImageContentsTable>): Promise<void> {
  await db
    .insertInto('image_contents')
    .values(row)
    .onConflict((c) => c.column('digest').doNothing())
    .execute();
}

/**
 * Links a blob to an image; linked already, it is touched. @throws a missing-reference error when its content is gone.
 */
export async function linkBlob(db: Db, imageId: number, digest: string, now: number): Promise<void> {
  await db
    .insertInto('image_blobs')
    .values({ image_id: imageId, digest, touched_at: now })
    .onConflict((c) => c.columns(['image_id', 'digest']).doUpdateSet({ touched_at: now }))
    .execute();
}

/** @returns whether it is linked. */
export async function touchBlob(db: Db, imageId: number, digest: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('image_blobs')
    .set({ touched_at: now })
    .where('image_id', '=', imageId)
    .where('digest', '=', digest)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** @returns whether it was linked. @throws a missing-reference error while a manifest needs it. */
export async function unlinkBlob(db: Db, imageId: number, digest: string): Promise<boolean> {
  const result = await db
    .deleteFrom('image_blobs')
    .where('image_id', '=', imageId)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}
