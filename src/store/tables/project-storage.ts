import { sql } from 'kysely';
import type { Db } from '../db/database.ts';

/** In bytes. */
export interface ProjectStorage {
  lfs: number;
  images: number;
  packages: number;
}

const sumOf = sql<number | string | null>`sum(size)`.as('bytes');

/** What a project keeps in the blob store. The same bytes within one kind are counted once. */
export async function storageOf(db: Db, projectId: number): Promise<ProjectStorage> {
  const lfs = db
    .selectFrom('lfs_links as l')
    .innerJoin('lfs_objects as o', 'o.oid', 'l.oid')
    .where('l.project_id', '=', projectId)
    .select('o.size');
  const images = db
    .selectFrom('images as i')
    .innerJoin('image_blobs as b', 'b.image_id', 'i.id')
    .innerJoin('image_contents as c', 'c.digest', 'b.digest')
    .where('i.project_id', '=', projectId)
    .select(['c.sha256', 'c.size'])
    .distinct();
  const packages = db
    .selectFrom('packages as p')
    .innerJoin('package_versions as v', 'v.package_id', 'p.id')
    .innerJoin('package_files as f', 'f.version_id', 'v.id')
    .where('p.project_id', '=', projectId)
    .select(['f.sha256', 'f.size'])
    .distinct();
  const [a, b, c] = await Promise.all([
    db.selectFrom(lfs.as('x')).select(sumOf).executeTakeFirst(),
    db.selectFrom(images.as('x')).select(sumOf).executeTakeFirst(),
    db.selectFrom(packages.as('x')).select(sumOf).executeTakeFirst(),
  ]);
  return { lfs: Number(a?.bytes ?? 0), images: Number(b?.bytes ?? 0), packages: Number(c?.bytes ?? 0) };
}
