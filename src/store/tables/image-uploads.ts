import type { Selectable } from 'kysely';
import type { Db } from '../db/database.ts';
import type { ImageUploadsTable } from '../db/images-schema.ts';

export type ImageUploadRow = Selectable<ImageUploadsTable>;

export async function insertImageUpload(db: Db, row: ImageUploadRow): Promise<void> {
  await db.insertInto('image_uploads').values(row).execute();
}

/** An upload as its image and its owner know it; to anyone else it is not there. */
export function findImageUpload(
  db: Db,
  id: string,
  imageId: number,
  owner: string,
): Promise<ImageUploadRow | undefined> {
  return db
    .selectFrom('image_uploads')
    .selectAll()
    .where('id', '=', id)
    .where('image_id', '=', imageId)
    .where('owner', '=', owner)
    .executeTakeFirst();
}

export async function touchImageUpload(db: Db, id: string, now: number): Promise<void> {
  await db.updateTable('image_uploads').set({ touched_at: now }).where('id', '=', id).execute();
}

/** @returns whether it was there: of several that end an upload one does. */
export async function deleteImageUpload(db: Db, id: string): Promise<boolean> {
  const result = await db.deleteFrom('image_uploads').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}
