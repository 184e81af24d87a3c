import { type Insertable, type Selectable, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { ImageManifestsTable } from '../db/images-schema.ts';
import { preparedOne } from '../db/prepared.ts';
import type { BlobColumn } from './blob-column.ts';
import { type Page, type PageRequest, paginate } from './page.ts';

export type ImageManifestRow = Selectable<ImageManifestsTable>;
/** A manifest without its bytes, for lists. */
export type ImageManifestHead = Omit<ImageManifestRow, 'body'>;

const HEAD = [
  'm.id',
  'm.image_id',
  'm.digest',
  'm.media_type',
  'm.size',
  'm.subject',
  'm.artifact_type',
  'm.config_digest',
  'm.image_size',
  'm.created_at',
  'm.annotations',
] as const;

/** See `BLOB_COLUMNS`. The bytes of a manifest are in its row. */
export const imageManifestColumn: BlobColumn = {
  store: 'database',
  table: 'image_manifests',
  column: 'digest',
  counted: { kind: 'images', size: 'size' },
  links: null,
  project: { joins: sql`join images i on i.id = r.image_id`, id: sql.ref('i.project_id') },
};

export const findManifest = preparedOne<ImageManifestRow, [number, string]>((db, imageId, digest) =>
  db.selectFrom('image_manifests').selectAll().where('image_id', '=', imageId).where('digest', '=', digest),
);

/** A manifest as it is sent. */
export type SentManifestRow = Pick<ImageManifestRow, 'digest' | 'media_type' | 'subject' | 'body'>;

// Every pull asks one of these: what is not sent is not read.
const SENT = ['m.digest', 'm.media_type', 'm.subject', 'm.body'] as const;

/** By the image's name, in one step with the look for its image. */
export const findManifestByName = preparedOne<SentManifestRow, [number, string, string]>(
  (db, projectId, path, digest) =>
    db
      .selectFrom('images as i')
      .innerJoin('image_manifests as m', 'm.image_id', 'i.id')
      .select(SENT)
      .where('i.project_id', '=', projectId)
      .where('i.path', '=', path)
      .where('m.digest', '=', digest),
);

/** The manifest of a tag, by the image's name. */
export const findTaggedManifest = preparedOne<SentManifestRow, [number, string, string]>((db, projectId, path, tag) =>
  db
    .selectFrom('images as i')
    .innerJoin('image_tags as t', 't.image_id', 'i.id')
    .innerJoin('image_manifests as m', 'm.id', 't.manifest_id')
    .select(SENT)
    .where('i.project_id', '=', projectId)
    .where('i.path', '=', path)
    .where('t.name', '=', tag),
);

/** Those of these digests that are manifests of this image, without their bytes. */
export async function findManifestHeads(
  db: Db,
  imageId: number,
  digests: readonly string[],
): Promise<ImageManifestHead[]> {
  if (digests.length === 0) return [];
  return db
    .selectFrom('image_manifests as m')
    .select(HEAD)
    .where('m.image_id', '=', imageId)
    .where('m.digest', 'in', digests)
    .execute();
}

/** The very bytes of those of these manifests that are no larger than `maxBytes`, by digest. */
export async function findManifestBodies(
  db: Db,
  imageId: number,
  digests: readonly string[],
  maxBytes: number,
): Promise<Map<string, Uint8Array>> {
  if (digests.length === 0) return new Map();
  const rows = await db
    .selectFrom('image_manifests')
    .select(['digest', 'body'])
    .where('image_id', '=', imageId)
    .where('digest', 'in', digests)
    .where('size', '<=', maxBytes)
    .execute();
  return new Map(rows.map((row) => [row.digest, row.body]));
}

const untagged = (db: Db, imageId: number) =>
  db
    .selectFrom('image_manifests as m')
    .where('m.image_id', '=', imageId)
    .where((eb) =>
      eb.not(eb.exists(eb.selectFrom('image_tags as t').select('t.name').whereRef('t.manifest_id', '=', 'm.id'))),
    );

/** Those that no tag is on, the newest first. */
export function listUntagged(db: Db, imageId: number, page: PageRequest): Promise<Page<ImageManifestHead>> {
  return paginate(untagged(db, imageId).select(HEAD).orderBy('m.id', 'desc'), page);
}

export async function countUntagged(db: Db, imageId: number): Promise<number> {
  const row = await untagged(db, imageId)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** The ids of those of these digests that are manifests of this image, by digest. */
export async function findManifestIds(
  db: Db,
  imageId: number,
  digests: readonly string[],
): Promise<Map<string, number>> {
  if (digests.length === 0) return new Map();
  const rows = await db
    .selectFrom('image_manifests')
    .select(['digest', 'id'])
    .where('image_id', '=', imageId)
    .where('digest', 'in', digests)
    .execute();
  return new Map(rows.map((row) => [row.digest, row.id]));
}

/** Writes a manifest; one that is there already stays as it is. */
export async function insertManifest(db: Db, row: Insertable<ImageManifestsTable>): Promise<ImageManifestRow> {
  await db
    .insertInto('image_manifests')
    .values(row)
    .onConflict((c) => c.columns(['image_id', 'digest']).doNothing())
    .execute();
  const stored = await findManifest(db, row.image_id, row.digest);
  if (!stored) throw new Error('the manifest just written is not there');
  return stored;
}

/** @throws a missing-reference error when one of them is no longer linked. */
export async function insertManifestBlobs(
  db: Db,
  manifest: { id: number; image_id: number },
  digests: readonly string[],
): Promise<void> {
  const rows = digests.map((digest) => ({ manifest_id: manifest.id, image_id: manifest.image_id, digest }));
  for (let at = 0; at < rows.length; at += 1000) {
    await db
      .insertInto('image_manifest_blobs')
      .values(rows.slice(at, at + 1000))
      .onConflict((c) => c.columns(['manifest_id', 'digest']).doNothing())
      .execute();
  }
}

export async function putTag(db: Db, imageId: number, name: string, manifestId: number, now: number): Promise<void> {
  await db
    .insertInto('image_tags')
    .values({ image_id: imageId, name, manifest_id: manifestId, updated_at: now })
    .onConflict((c) => c.columns(['image_id', 'name']).doUpdateSet({ manifest_id: manifestId, updated_at: now }))
    .execute();
}

export async function deleteTag(db: Db, imageId: number, name: string): Promise<boolean> {
  const result = await db
    .deleteFrom('image_tags')
    .where('image_id', '=', imageId)
    .where('name', '=', name)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Tags in ASCII order. @param after tags behind this one alone, which need not exist. */
export async function listTagNames(db: Db, imageId: number, after: string | null, limit: number): Promise<string[]> {
  let query = db.selectFrom('image_tags').select('name').where('image_id', '=', imageId);
  if (after !== null) query = query.where('name', '>', after);
  const rows = await query.orderBy('name').limit(limit).execute();
  return rows.map((row) => row.name);
}

/**
 * The manifests of one page of referrers are no larger than this together: the entry of a manifest is a part of it,
 * clients take no larger index, and the index is held in memory.
 */
const MAX_PAGE_BYTES = 4 * 1024 ** 2;

/**
 * The manifests that say something about another, by digest. The tag that clients keep for registries without this API
 * (`sha256-<hex>`) adds nothing: every manifest with a subject is found by it, since the first manifest that was ever
 * stored. OCI distribution-spec 1.1, "Enabling the Referrers API".
 * @param after those behind this digest alone.
 * @returns the first of them, `limit` or fewer, in the order of their digests, and whether there are more.
 */
export async function listReferrers(
  db: Db,
  imageId: number,
  subject: string,
  filter: { artifactType: string | null; after: string | null },
  limit: number,
): Promise<{ items: ImageManifestHead[]; more: boolean }> {
  let query = db.selectFrom('image_manifests as m').where('m.image_id', '=', imageId).where('m.subject', '=', subject);
  if (filter.artifactType !== null) query = query.where('m.artifact_type', '=', filter.artifactType);
  if (filter.after !== null) query = query.where('m.digest', '>', filter.after);
  const sized = await query
    .select(['m.digest', 'm.size'])
    .orderBy('m.digest')
    .limit(limit + 1)
    .execute();
  const digests: string[] = [];
  let bytes = 0;
  for (const row of sized.slice(0, limit)) {
    bytes += row.size;
    if (digests.length > 0 && bytes > MAX_PAGE_BYTES) break;
    digests.push(row.digest);
  }
  const heads = new Map((await findManifestHeads(db, imageId, digests)).map((head) => [head.digest, head]));
  // A manifest that was deleted since the listing is left out.
  const items = digests.flatMap((digest) => heads.get(digest) ?? []);
  return { items, more: digests.length < sized.length };
}
