import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import { isPostgres } from '../db/migrations/columns.ts';

/**
 * Whether nothing refers to the manifest `m`: no tag is on it, no index lists it, its subject is missing, and no tagged
 * manifest has it as its subject. An index that lists its own subject is not kept by it.
 */
const isUnreferenced: RawBuilder<boolean> = sql<boolean>`(
  not exists (select 1 from image_tags as t where t.manifest_id = m.id)
  and not exists (select 1 from image_manifest_entries as e where e.manifest_id = m.id)
  and not exists (select 1 from image_manifests as s where s.image_id = m.image_id and s.digest = m.subject
    and not exists (select 1 from image_manifest_entries as o where o.index_id = m.id and o.manifest_id = s.id))
  and not exists (select 1 from image_manifests as r join image_tags as a on a.manifest_id = r.id
    where r.image_id = m.image_id and r.subject = m.digest))`;

/** Manifests by their ids, both ends inclusive. */
export interface ManifestRange {
  first: number;
  last: number;
}

/** The next `limit` manifests after an id, and how many they are; undefined: none. */
export async function nextManifests(
  db: Db,
  after: number,
  limit: number,
): Promise<(ManifestRange & { count: number }) | undefined> {
  const rows = await db
    .selectFrom('image_manifests')
    .select('id')
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
  const first = rows[0];
  const last = rows.at(-1);
  return first && last && { first: first.id, last: last.id, count: rows.length };
}

/** Notes which of these manifests nothing refers to since now, and forgets those that something refers to again. */
export async function markUnreferenced(db: Db, { first, last }: ManifestRange, now: number): Promise<void> {
  await sql`insert into unreferenced_manifests (manifest_id, since)
    select m.id, ${sql.lit(now)} from image_manifests as m
    where m.id >= ${first} and m.id <= ${last} and ${isUnreferenced}
    on conflict (manifest_id) do nothing`.execute(db);
  await sql`delete from unreferenced_manifests where manifest_id in (
    select m.id from image_manifests as m join unreferenced_manifests as u on u.manifest_id = m.id
    where m.id >= ${first} and m.id <= ${last} and not ${isUnreferenced})`.execute(db);
}

/** Forgets that nothing refers to a manifest: it was pushed again, and something is about to. */
export async function unmarkManifest(db: Db, manifestId: number): Promise<void> {
  await db.deleteFrom('unreferenced_manifests').where('manifest_id', '=', manifestId).execute();
}

/** When manifests are deleted that nothing refers to. */
export interface Due {
  /** Milliseconds since 1970. */
  now: number;
  /** After so many milliseconds, in a project that sets nothing else; 0: never. */
  defaultMs: number;
}

/** Milliseconds in the unit of `untagged_days`. */
const DAY_MS = 86_400_000;

const dueIds = (db: Db, { now, defaultMs }: Due) => {
  const wait = sql<number>`coalesce(c.untagged_days * ${sql.lit(DAY_MS)}, ${sql.lit(defaultMs)})`;
  return db
    .selectFrom('unreferenced_manifests as u')
    .innerJoin('image_manifests as m', 'm.id', 'u.manifest_id')
    .innerJoin('images as i', 'i.id', 'm.image_id')
    .innerJoin('projects as p', 'p.id', 'i.project_id')
    .leftJoin('image_cleanup_policies as c', 'c.project_id', 'p.id')
    .where('p.archived', '=', 0)
    .where('p.registry_enabled', '=', 1)
    .where(sql<boolean>`${wait} > 0 and u.since <= ${sql.lit(now)} - ${wait}`);
};

/** The next `limit` manifests after an id that are due, with their images. */
export function listDueManifests(
  db: Db,
  due: Due,
  after: number,
  limit: number,
): Promise<{ id: number; image_id: number }[]> {
  return dueIds(db, due)
    .select(['u.manifest_id as id', 'm.image_id'])
    .where('u.manifest_id', '>', after)
    .orderBy('u.manifest_id')
    .limit(limit)
    .execute();
}

/** Those of these manifests that are still due. */
export async function filterDueManifests(db: Db, due: Due, ids: readonly number[]): Promise<number[]> {
  const rows = await dueIds(db, due).select('m.id').where('m.id', 'in', ids).execute();
  return rows.map(({ id }) => id);
}

/** How many manifests of an image nothing refers to. */
export async function countUnreferenced(db: Db, imageId: number): Promise<number> {
  const row = await db
    .selectFrom('image_manifests as m')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('m.image_id', '=', imageId)
    .where(isUnreferenced)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** The ids of manifests of an image that nothing refers to, `limit` of them. */
export async function listUnreferenced(db: Db, imageId: number, limit: number): Promise<number[]> {
  const rows = await db
    .selectFrom('image_manifests as m')
    .select('m.id')
    .where('m.image_id', '=', imageId)
    .where(isUnreferenced)
    .orderBy('m.id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Locks these manifests until the transaction ends. @returns those that nothing refers to even then. */
export async function lockUnreferenced(trx: Db, ids: readonly number[]): Promise<{ id: number; digest: string }[]> {
  if (ids.length === 0) return [];
  if (isPostgres(trx))
    await trx.selectFrom('image_manifests').select('id').where('id', 'in', ids).orderBy('id').forUpdate().execute();
  return trx
    .selectFrom('image_manifests as m')
    .select(['m.id', 'm.digest'])
    .where('m.id', 'in', ids)
    .where(isUnreferenced)
    .orderBy('m.id')
    .execute();
}

/** The manifests that these keep: those that they list, and those whose subject they are. */
export async function listKept(db: Db, ids: readonly number[]): Promise<number[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<{ id: number }>`
    select e.manifest_id as id from image_manifest_entries as e where e.index_id in (${sql.join(ids)})
    union select r.id from image_manifests as m
      join image_manifests as r on r.image_id = m.image_id and r.subject = m.digest where m.id in (${sql.join(ids)})`.execute(
    db,
  );
  return rows.map(({ id }) => Number(id));
}

/** Notes which of these manifests nothing refers to, as if that were so since an instant. */
export async function markKept(db: Db, ids: readonly number[], since: number): Promise<void> {
  if (ids.length === 0) return;
  await sql`insert into unreferenced_manifests (manifest_id, since)
    select m.id, ${sql.lit(since)} from image_manifests as m where m.id in (${sql.join(ids)}) and ${isUnreferenced}
    on conflict (manifest_id) do update set since = ${sql.lit(since)}`.execute(db);
}
