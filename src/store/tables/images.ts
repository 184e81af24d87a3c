import { type RawBuilder, type Selectable, sql } from 'kysely';
import { notFound } from '../../lib/errors.ts';
import type { Db } from '../db/database.ts';
import { isBrokenReference } from '../db/errors.ts';
import type { ImagesTable } from '../db/images-schema.ts';
import { isPostgres } from '../db/migrations/columns.ts';
import { preparedOne } from '../db/prepared.ts';

export type ImageRow = Selectable<ImagesTable>;

export const findImage = preparedOne<ImageRow, [number, string]>((db, projectId, path) =>
  db.selectFrom('images').selectAll().where('project_id', '=', projectId).where('path', '=', path),
);

/**
 * The image of this name, made now when it is not there.
 * @throws PosternError not_found when the project is gone, or others delete the image again and again.
 */
export async function ensureImage(db: Db, projectId: number, path: string, now: number): Promise<ImageRow> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const image = (await findImage(db, projectId, path)) ?? (await insertImage(db, projectId, path, now));
    if (image) return image;
  }
  throw notFound('image');
}

/** How often an image may be deleted between the check that it is there and the reading of it. */
const ATTEMPTS = 5;

/** @returns undefined when it is there. */
const insertImage = (db: Db, projectId: number, path: string, now: number): Promise<ImageRow | undefined> =>
  db
    .insertInto('images')
    .values({ project_id: projectId, path, created_at: now })
    .onConflict((c) => c.columns(['project_id', 'path']).doNothing())
    .returningAll()
    .executeTakeFirst()
    .catch((error: unknown) => {
      throw isBrokenReference(error) ? notFound('project') : error;
    });

/** The names of all images in ASCII order, whatever the database sorts by. @param after names behind this one alone. */
export async function listImageNames(db: Db, after: string | null, limit: number): Promise<string[]> {
  const name = sql<string>`r.path_key || case when i.path = '' then '' else '/' || i.path end`;
  const ascii: RawBuilder<string> = isPostgres(db) ? sql<string>`(${name}) collate "C"` : sql<string>`(${name})`;
  let query = db
    .selectFrom('images as i')
    .innerJoin('routes as r', 'r.project_id', 'i.project_id')
    .select(ascii.as('name'));
  if (after !== null) query = query.where(ascii, '>', after);
  const rows = await query.orderBy(ascii).limit(limit).execute();
  return rows.map((row) => row.name);
}
