import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import { contains, holdsProject, notForMembers, startsWith, type VisibilityFilter } from './conditions.ts';
import type { ImageRow } from './images.ts';
import { type Page, type PageRequest, paginate } from './page.ts';

/** An image with its project's path of today, how many tags it has, and when the last of them was set. */
export interface ImageRepositoryRow extends ImageRow {
  project_path: string;
  tags_count: number;
  /** Null: it has no tag. */
  pushed_at: number | null;
}

/** Which images are wanted, and in which order. */
export interface ImageQuery {
  /** Part of a name, in any case. */
  search?: string;
  order?: { by: 'created_at' | 'name' | 'pushed_at'; direction: 'asc' | 'desc' };
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
      eb
        .selectFrom('image_tags as t')
        .select((tag) => tag.fn.max('t.updated_at').as('at'))
        .whereRef('t.image_id', '=', 'i.id')
        .$asScalar()
        .as('pushed_at'),
    ]);

const BY_AGE = { by: 'created_at', direction: 'asc' } as const;

/** An image without tags is in either direction behind those that have some. */
function ordered(query: ReturnType<typeof select>, { by, direction }: NonNullable<ImageQuery['order']>) {
  switch (by) {
    case 'created_at':
      return query.orderBy('i.id', direction);
    case 'name':
      return query.orderBy('r.path', direction).orderBy('i.path', direction);
    case 'pushed_at':
      return query
        .orderBy('pushed_at', (o) => (direction === 'asc' ? o.asc() : o.desc()).nullsLast())
        .orderBy('i.id', direction);
  }
}

export function findImageRepository(db: Db, id: number): Promise<ImageRepositoryRow | undefined> {
  return select(db).where('i.id', '=', id).executeTakeFirst();
}

/** The images of a project, by default the oldest first. */
export function listProjectImages(
  db: Db,
  projectId: number,
  page: PageRequest,
  { search, order = BY_AGE }: ImageQuery = {},
): Promise<Page<ImageRepositoryRow>> {
  let query = select(db).where('i.project_id', '=', projectId);
  if (search !== undefined) query = query.where(contains(['i.path'], search));
  return paginate(ordered(query, order), page);
}

/**
 * The images of all projects of a namespace and below it, of those whose images the visibilityFilter may pull.
 * @param level the least role that pulls from what is not open to the visibilityFilter anyway.
 */
export function listImagesBelow(
  db: Db,
  lineage: string,
  visibilityFilter: VisibilityFilter,
  level: number,
  page: PageRequest,
  { search, order = BY_AGE }: ImageQuery = {},
): Promise<Page<ImageRepositoryRow>> {
  const below = db.selectFrom('namespaces').select('id').where(startsWith('lineage', lineage));
  let query = select(db).where('p.namespace_id', 'in', below).where('p.registry_enabled', '=', 1);
  if (!visibilityFilter.admin) {
    const open = visibilityFilter.userId === null ? (['public'] as const) : (['public', 'internal'] as const);
    query = query.where((eb) => eb.or([eb('p.visibility', 'in', open), holdsProject(visibilityFilter, level)]));
    query = query.where(notForMembers('registry', visibilityFilter, level));
  }
  if (search !== undefined) query = query.where(contains(['r.path', 'i.path'], search));
  return paginate(ordered(query, order), page);
}

/**
 * Removes an image with its tags and manifests; its blobs are cleared away when no other has them. @returns whether it
 * was there.
 */
export async function deleteImage(db: Db, id: number): Promise<boolean> {
  const result = await db.deleteFrom('images').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/**
 * The size of the blobs and manifests of each of these images in bytes, by id; shared blobs are included.
 */
export async function imageBytes(db: Db, ids: readonly number[]): Promise<Map<number, number>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ image_id: number; bytes: number | string }>`
    select image_id, sum(size) as bytes from (
      select b.image_id, c.size from image_blobs b join image_contents c on c.digest = b.digest
        where b.image_id in (${sql.join(ids)})
      union all select m.image_id, m.size from image_manifests m where m.image_id in (${sql.join(ids)})) as parts
    group by image_id`.execute(db);
  return new Map(rows.map((row) => [Number(row.image_id), Number(row.bytes)]));
}
