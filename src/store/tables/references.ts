import type { ExpressionBuilder } from 'kysely';
import type { Db } from '../db/database.ts';
import type { Schema } from '../db/schema.ts';

/** Those of these blobs that a file of a package is, or a document of one, or an LFS object of some project. */
export async function findReferencedFiles(db: Db, sha256s: readonly string[]): Promise<Set<string>> {
  if (sha256s.length === 0) return new Set();
  const files = await db.selectFrom('package_files').select('sha256').where('sha256', 'in', sha256s).execute();
  const objects = await db.selectFrom('lfs_links').select('oid').where('oid', 'in', sha256s).execute();
  const documents = await db
    .selectFrom('package_documents')
    .select('blob_sha256')
    .where('blob_sha256', 'in', sha256s)
    .execute();
  const ofRepositories = await db
    .selectFrom('package_repository_documents')
    .select('blob_sha256')
    .where('blob_sha256', 'in', sha256s)
    .execute();
  return new Set([
    ...files.map((row) => row.sha256),
    ...objects.map((row) => row.oid),
    ...documents.flatMap((row) => row.blob_sha256 ?? []),
    ...ofRepositories.flatMap((row) => row.blob_sha256 ?? []),
  ]);
}

/** Those of these blobs that some image has. */
export async function findLinkedImageBlobs(db: Db, sha256s: readonly string[]): Promise<Set<string>> {
  if (sha256s.length === 0) return new Set();
  return new Set((await linked(db, sha256s).execute()).map((row) => row.sha256));
}

/** The same but for those that images have only by links that `unlinkStale` would take. */
export async function findNeededImageBlobs(db: Db, sha256s: readonly string[], cutoff: number): Promise<Set<string>> {
  if (sha256s.length === 0) return new Set();
  const rows = await linked(db, sha256s)
    .where((eb) => eb.not(isStale(eb, cutoff)))
    .execute();
  return new Set(rows.map((row) => row.sha256));
}

const linked = (db: Db, sha256s: readonly string[]) =>
  db
    .selectFrom('image_contents as c')
    .innerJoin('image_blobs as b', 'b.digest', 'c.digest')
    .select('c.sha256')
    .where('c.sha256', 'in', sha256s);

/** A blob that no manifest of its image needs, and that nobody pushed, mounted or asked for since. */
function isStale(eb: ExpressionBuilder<Schema & { b: Schema['image_blobs'] }, 'b'>, cutoff: number) {
  return eb.and([
    eb('b.touched_at', '<', cutoff),
    eb.not(
      eb.exists(
        eb
          .selectFrom('image_manifest_blobs as n')
          .select('n.digest')
          .whereRef('n.image_id', '=', 'b.image_id')
          .whereRef('n.digest', '=', 'b.digest'),
      ),
    ),
  ]);
}

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
 * Unlinks the stale blobs of these images.
 * @returns how many. @throws a missing-reference error when a manifest came to need one of them meanwhile: nothing is
 * unlinked.
 */
export async function unlinkStale(db: Db, { first, last }: ImageRange, cutoff: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('image_blobs as b')
    .where('b.image_id', '>=', first)
    .where('b.image_id', '<=', last)
    .where((eb) => isStale(eb, cutoff))
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

/** The blobs that no image has and that are not forgotten, of those whose digests start with two digits. */
export async function findUnlinkedContents(db: Db, prefix: string): Promise<string[]> {
  const rows = await db
    .selectFrom('image_contents as c')
    .leftJoin('image_blobs as b', 'b.digest', 'c.digest')
    .select('c.sha256')
    .where('c.sha256', '>=', prefix)
    .where('c.sha256', '<=', `${prefix}g`)
    .where('b.digest', 'is', null)
    .execute();
  return rows.map((row) => row.sha256);
}

/** The same of LFS objects. */
export async function findUnlinkedObjects(db: Db, prefix: string): Promise<string[]> {
  const rows = await db
    .selectFrom('lfs_objects as o')
    .leftJoin('lfs_links as l', 'l.oid', 'o.oid')
    .select('o.oid')
    .where('o.oid', '>=', prefix)
    .where('o.oid', '<=', `${prefix}g`)
    .where('l.oid', 'is', null)
    .execute();
  return rows.map((row) => row.oid);
}

/** Forgets what no image has, of these blobs. */
export async function deleteUnlinkedContents(db: Db, sha256s: readonly string[]): Promise<void> {
  if (sha256s.length === 0) return;
  await db
    .deleteFrom('image_contents')
    .where('sha256', 'in', sha256s)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('image_blobs as b').select('b.digest').whereRef('b.digest', '=', 'image_contents.digest'))),
    )
    .execute();
}

/** Forgets the LFS objects of which no project has any, of these. */
export async function deleteUnlinkedObjects(db: Db, oids: readonly string[]): Promise<void> {
  if (oids.length === 0) return;
  await db
    .deleteFrom('lfs_objects')
    .where('oid', 'in', oids)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('lfs_links as l').select('l.oid').whereRef('l.oid', '=', 'lfs_objects.oid'))),
    )
    .execute();
}
