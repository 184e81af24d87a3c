import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import { startsWith } from './conditions.ts';

/** Whose blobs are counted: a project's, or those of all projects of a namespace and below it. */
export type StorageScope = { projectId: number } | { lineage: string };

/** Bytes, each blob once, however many in the scope refer to it. */
export interface StoredBytesCount {
  /** Of images: their blobs, and their manifests. */
  images: number;
  packages: number;
  lfs: number;
  /** Of all that. Packages and LFS objects share a store: what is both is in it once. */
  total: number;
}

/** A project `p` that is in the scope, with what puts it there. */
const projectsIn = (scope: StorageScope): { from: RawBuilder<unknown>; where: RawBuilder<boolean> } =>
  'projectId' in scope
    ? { from: sql`projects p`, where: sql<boolean>`p.id = ${scope.projectId}` }
    : {
        from: sql`namespaces n join projects p on p.namespace_id = n.id`,
        where: startsWith('n.lineage', scope.lineage),
      };

/** Counts what a scope refers to. It reads a row for each reference: for when it must be known to the byte. */
export async function countStored(db: Db, scope: StorageScope): Promise<StoredBytesCount> {
  const { from, where } = projectsIn(scope);
  const { rows } = await sql<Record<keyof StoredBytesCount, number | string>>`
    with blobs as (
      select distinct c.sha256 as name, c.size as size from ${from} join images i on i.project_id = p.id
        join image_blobs b on b.image_id = i.id join image_contents c on c.digest = b.digest where ${where}),
    manifests as (
      select distinct m.digest as name, m.size as size from ${from} join images i on i.project_id = p.id
        join image_manifests m on m.image_id = i.id where ${where}),
    files as (
      select distinct f.sha256 as name, f.size as size from ${from} join packages k on k.project_id = p.id
        join package_versions v on v.package_id = k.id join package_files f on f.version_id = v.id where ${where}),
    objects as (
      select distinct o.oid as name, o.size as size from ${from} join lfs_links l on l.project_id = p.id
        join lfs_objects o on o.oid = l.oid where ${where}),
    sums as (select
      (select coalesce(sum(size), 0) from blobs) + (select coalesce(sum(size), 0) from manifests) as images,
      (select coalesce(sum(size), 0) from files) as packages,
      (select coalesce(sum(size), 0) from objects) as lfs,
      (select coalesce(sum(size), 0) from (select * from files union select * from objects) as u) as shared)
    select images, packages, lfs, images + shared as total from sums`.execute(db);
  const count = (name: keyof StoredBytesCount) => Number(rows[0]?.[name] ?? 0);
  return { images: count('images'), packages: count('packages'), lfs: count('lfs'), total: count('total') };
}

/** Something that a project comes to refer to. */
export interface Addition {
  /** Which store it lies in; a manifest lies in the database. */
  kind: 'image' | 'manifest' | 'file';
  /** SHA-256 of a blob, the digest of a manifest. */
  name: string;
  size: number;
}

/** So many references to one blob are looked at; the empty layer has more than anyone should read. */
const BATCH_SIZE = 200;

/**
 * Whether the scope refers to a blob already. It may say no where the answer is yes, of a blob that very many refer to,
 * and of manifests: then the blob is counted twice until it is counted to the byte.
 */
export async function isStored(db: Db, scope: StorageScope, { kind, name }: Addition): Promise<boolean> {
  if (kind === 'manifest') return false;
  for (const projectIds of kind === 'image' ? [byImages(name)] : [byFiles(name), byObjects(name)]) {
    const within =
      'projectId' in scope
        ? sql`where r.project_id = ${scope.projectId}`
        : sql`join projects p on p.id = r.project_id join namespaces n on n.id = p.namespace_id
            where ${startsWith('n.lineage', scope.lineage)}`;
    const { rows } = await sql`select 1 from (${projectIds}) as r ${within} limit 1`.execute(db);
    if (rows.length > 0) return true;
  }
  return false;
}

const byImages = (sha256: string) => sql`
  select i.project_id from (select b.image_id from image_contents c join image_blobs b on b.digest = c.digest
    where c.sha256 = ${sha256} limit ${sql.lit(BATCH_SIZE)}) as x join images i on i.id = x.image_id`;

const byFiles = (sha256: string) => sql`
  select k.project_id from (select version_id from package_files where sha256 = ${sha256} limit ${sql.lit(BATCH_SIZE)}) as x
    join package_versions v on v.id = x.version_id join packages k on k.id = v.package_id`;

const byObjects = (oid: string) =>
  sql`select project_id from lfs_links where oid = ${oid} limit ${sql.lit(BATCH_SIZE)}`;
