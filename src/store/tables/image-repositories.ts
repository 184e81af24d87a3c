import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import { holdsProject, startsWith, type Viewer } from './conditions.ts';
import type { ImageRow } from './images.ts';
import { type Page, type PageRequest, paginate } from './page.ts';

/** An image with its project's path of today, and how many tags it has. */
export interface ImageRepositoryRow extends ImageRow {
  project_path: string;
  tags_count: number;
}

const select = (db: Db) =>
  db
    .selectFrom('images as i')
    .innerJoin('projects as p', 'p.id', 'i.project_id')
    .innerJoin('routes as r', 'r.project_id', 'p.id')
    .selectAll('i')
    .select((eb) => [
      'r.path as project_path',
      eb
        .selectFrom('image_tags as t')
        .select((tag) => tag.fn.countAll<number>().as('count'))
        .whereRef('t.image_id', '=', 'i.id')
        .$asScalar()
        .$notNull()
        .as('tags_count'),
    ]);

export function findImageRepository(db: Db, id: number): Promise<ImageRepositoryRow | undefined> {
  return select(db).where('i.id', '=', id).executeTakeFirst();
}

/** The images of a project, the oldest first. */
export function listProjectImages(db: Db, projectId: number, page: PageRequest): Promise<Page<ImageRepositoryRow>> {
  return paginate(select(db).where('i.project_id', '=', projectId).orderBy('i.id'), page);
}

/**
 * The images of all projects of a namespace and below it, of those whose images the viewer may pull.
 * @param level the least role that pulls from what is not open to the viewer anyway.
 */
export function listImagesBelow(
  db: Db,
  lineage: string,
  viewer: Viewer,
  level: number,
  page: PageRequest,
): Promise<Page<ImageRepositoryRow>> {
  const below = db.selectFrom('namespaces').select('id').where(startsWith('lineage', lineage));
  let query = select(db).where('p.namespace_id', 'in', below).where('p.registry_enabled', '=', 1);
  if (!viewer.admin) {
    const open = viewer.userId === null ? (['public'] as const) : (['public', 'internal'] as const);
    query = query.where((eb) => eb.or([eb('p.visibility', 'in', open), holdsProject(viewer, level)]));
  }
  return paginate(query.orderBy('i.id'), page);
}

/** Removes an image with its tags and manifests; its blobs are cleared away when no other has them. @returns whether it was there. */
export async function deleteImage(db: Db, id: number): Promise<boolean> {
  const result = await db.deleteFrom('images').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** What the blobs and manifests of an image weigh, in bytes; what it shares with others is in it. */
export async function imageBytes(db: Db, id: number): Promise<number> {
  const { rows } = await sql<{ bytes: number | string }>`select
    (select coalesce(sum(c.size), 0) from image_blobs b join image_contents c on c.digest = b.digest where b.image_id = ${id})
    + (select coalesce(sum(m.size), 0) from image_manifests m where m.image_id = ${id}) as bytes`.execute(db);
  return Number(rows[0]?.bytes ?? 0);
}
