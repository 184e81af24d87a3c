import type { Db } from '../db/database.ts';
import { contains } from './conditions.ts';
import { type Page, type PageRequest, paginate } from './page.ts';

/** A tag with what is known of its manifest. */
export interface ImageTagRow {
  name: string;
  /** When it was last set. */
  updated_at: number;
  digest: string;
  config_digest: string | null;
  image_size: number;
  media_type: string;
  artifact_type: string | null;
}

/** Which tags are wanted, and in which order. */
export interface TagQuery {
  /** Part of a name, in any case. */
  search?: string;
  order?: { by: 'name' | 'updated_at'; direction: 'asc' | 'desc' };
}

const select = (db: Db, imageId: number) =>
  db
    .selectFrom('image_tags as t')
    .innerJoin('image_manifests as m', 'm.id', 't.manifest_id')
    .select([
      't.name',
      't.updated_at',
      'm.digest',
      'm.config_digest',
      'm.image_size',
      'm.media_type',
      'm.artifact_type',
    ])
    .where('t.image_id', '=', imageId);

export function findImageTag(db: Db, imageId: number, name: string): Promise<ImageTagRow | undefined> {
  return select(db, imageId).where('t.name', '=', name).executeTakeFirst();
}

/** Those of these names that there are. */
export async function findImageTags(db: Db, imageId: number, names: readonly string[]): Promise<ImageTagRow[]> {
  return names.length === 0 ? [] : select(db, imageId).where('t.name', 'in', names).execute();
}

/** By default in ASCII order. */
export function listImageTags(
  db: Db,
  imageId: number,
  page: PageRequest,
  { search, order = { by: 'name', direction: 'asc' } }: TagQuery = {},
): Promise<Page<ImageTagRow>> {
  let query = select(db, imageId);
  if (search !== undefined) query = query.where(contains(['t.name'], search));
  if (order.by === 'updated_at') query = query.orderBy('t.updated_at', order.direction);
  return paginate(query.orderBy('t.name', order.direction), page);
}

/** All of them, those that were set last first; of several at one instant those that are last in ASCII order. */
export function listTagsByAge(db: Db, imageId: number): Promise<{ name: string; updated_at: number }[]> {
  return db
    .selectFrom('image_tags')
    .select(['name', 'updated_at'])
    .where('image_id', '=', imageId)
    .orderBy('updated_at', 'desc')
    .orderBy('name', 'desc')
    .execute();
}

/** The names of tags on one manifest, in ASCII order. */
export async function listTagsOn(db: Db, imageId: number, digest: string, limit: number): Promise<string[]> {
  const rows = await select(db, imageId).where('m.digest', '=', digest).orderBy('t.name').limit(limit).execute();
  return rows.map((row) => row.name);
}

/** @param notAfter a tag that was set again after this instant stays. @returns those that went. */
export async function deleteTags(
  db: Db,
  imageId: number,
  names: readonly string[],
  notAfter: number,
): Promise<string[]> {
  const rows = await db
    .deleteFrom('image_tags')
    .where('image_id', '=', imageId)
    .where('name', 'in', names)
    .where('updated_at', '<=', notAfter)
    .returning('name')
    .execute();
  return rows.map((row) => row.name);
}
