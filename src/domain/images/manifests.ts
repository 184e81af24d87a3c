import { notFound, ruleBroken } from '../../lib/errors.ts';
import { type MaybePromise, thenMaybe } from '../../lib/maybe-promise.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import { isBrokenReference } from '../../store/db/errors.ts';
import { findLinked } from '../../store/tables/image-blobs.ts';
import { insertManifestEntries } from '../../store/tables/image-manifest-entries.ts';
import * as table from '../../store/tables/image-manifests.ts';
import { listTagsOn } from '../../store/tables/image-tags.ts';
import { ensureImage, findImage, type ImageRow } from '../../store/tables/images.ts';
import { unmarkManifest } from '../../store/tables/unreferenced-manifests.ts';
import type { Authorised, Confirm } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { inQuotaTransaction, type ReserveQuota } from '../quota/quota-transaction.ts';
import type { ImageAddress } from './address.ts';
import { deleteManifest } from './delete-manifest.ts';
import { type Deletion, recordDeletion } from './deletions.ts';
import { type Digest, digestOf, looksLikeDigest, parseDigest, toDigest } from './digest.ts';
import { isTag } from './names.ts';

/** The parsed manifest. The bytes are stored as they were pushed. */
export interface Manifest {
  mediaType: string;
  /** Must be blobs of the image. Layers that are said to be fetched from elsewhere are not in it. */
  blobs: string[];
  /** Entries of an index: manifests of the image, or blobs (BuildKit keeps its cache that way). */
  entries: string[];
  config: { digest: string; mediaType: string } | null;
  subject: string | null;
  artifactType: string | null;
  annotations: Record<string, string> | null;
  /** Size of its layers and its configuration, as the manifest says. */
  imageSize: number;
}

export interface StoredManifest {
  digest: string;
  mediaType: string;
  subject: string | null;
  body: Uint8Array;
}

export type ManifestPut =
  | { outcome: 'stored'; digest: string; subject: string | null }
  /** Digests that the manifest refers to and that the image has not got. Nothing was stored. */
  | { outcome: 'missing'; digests: string[] };

export type ImageManifests = ReturnType<typeof createImageManifests>;

export function createImageManifests({ db, clock }: Deps, audit: Audit) {
  const store = async (
    { trx, reserveQuota }: { trx: Db; reserveQuota: ReserveQuota },
    address: ImageAddress,
    manifest: Manifest,
    digest: string,
    body: Uint8Array,
  ) => {
    const image = await ensureImage(trx, address.project.id, address.path, clock());
    const needed = await resolve(trx, image.id, manifest);
    const known = await table.findManifest(trx, image.id, digest);
    if (known) await unmarkManifest(trx, known.id);
    else await reserveQuota([{ store: 'database', name: digest, size: body.byteLength }]);
    const row = await table.insertManifest(trx, {
      image_id: image.id,
      digest,
      media_type: manifest.mediaType,
      size: body.byteLength,
      subject: manifest.subject,
      artifact_type: manifest.artifactType,
      config_digest: manifest.config?.digest ?? null,
      image_size: manifest.imageSize,
      created_at: clock(),
      annotations: manifest.annotations ? JSON.stringify(manifest.annotations) : null,
      body,
    });
    // The same bytes under another name could be read as something else than they were pushed as.
    if (row.media_type !== manifest.mediaType)
      throw ruleBroken(`This manifest already exists as ${row.media_type}.`, 'manifest');
    await table.insertManifestBlobs(trx, row, needed.blobs);
    await insertManifestEntries(trx, row.id, needed.manifestIds);
    return row;
  };

  const find = ({ project, path }: ImageAddress, reference: string) =>
    looksLikeDigest(reference)
      ? table.findManifestByName(db, project.id, path, toDigest(reference).text)
      : table.findTaggedManifest(db, project.id, path, reference);

  return {
    /** @throws PosternError not_found; invalid, about `digest`, for a reference that is neither tag nor digest. */
    get: (address: ImageAddress, reference: string): MaybePromise<StoredManifest> =>
      thenMaybe(find(address, reference), (row) => {
        if (!row) throw notFound('manifest');
        return { digest: row.digest, mediaType: row.media_type, subject: row.subject, body: row.body };
      }),

    /**
     * Stores a manifest under its digest, and under tags if any are given, in one step: everything it needs is there,
     * or nothing is stored.
     * @param reference a tag, or the digest that the bytes must have.
     * @param tags further tags, when it is pushed by its digest.
     * @param manifest the parsed `bytes`.
     * @throws PosternError invalid, about `manifest`, `digest` or `tag`; over_quota.
     */
    async put(
      address: ImageAddress,
      reference: string,
      tags: readonly string[],
      { manifest, bytes }: { manifest: Manifest; bytes: Uint8Array },
      confirm: Confirm,
    ): Promise<ManifestPut> {
      const expected = looksLikeDigest(reference) ? toDigest(reference) : null;
      const names = expected ? tags : [reference];
      for (const name of names) if (!isTag(name)) throw ruleBroken(`${name.slice(0, 130)} is not a tag.`, 'tag');
      const digest = verified(bytes, expected);
      for (let attempt = 1; ; attempt++) {
        try {
          await inQuotaTransaction(db, address.project, async (trx, reserveQuota) => {
            const row = await store({ trx, reserveQuota }, address, manifest, digest, bytes);
            // After the locks: a revocation during the wait for them must win, and rolls back.
            await confirm(trx);
            for (const name of names) await table.putTag(trx, row.image_id, name, row.id, clock());
          });
          return { outcome: 'stored', digest, subject: manifest.subject };
        } catch (error) {
          if (error instanceof MissingReferences) return { outcome: 'missing', digests: error.digests };
          // A blob was unlinked between the look and the write: the second look says which.
          if (attempt === 1 && isBrokenReference(error)) continue;
          throw error;
        }
      }
    },

    /**
     * Removes a tag alone, or a manifest with all tags on it.
     * @throws PosternError not_found; conflict, about `manifest`, for a manifest that an index lists.
     */
    async remove(address: ImageAddress, reference: string, { author: by, confirm }: Authorised): Promise<void> {
      const digest = looksLikeDigest(reference) ? toDigest(reference).text : null;
      await inTransaction(db, async (trx) => {
        await confirm(trx);
        const image = await findImage(trx, address.project.id, address.path);
        const deletion =
          image && (await (digest ? removeManifest(trx, image, digest) : removeTag(trx, image, reference)));
        if (!deletion) throw notFound('manifest');
        await recordDeletion(audit, trx, { ...address, id: image.id }, deletion, by);
      });
    },

    /** Tags in ASCII order. @throws PosternError not_found when there is no such image. */
    async tags(address: ImageAddress, page: { after: string | null; limit: number }): Promise<string[]> {
      const image = await findImage(db, address.project.id, address.path);
      if (!image) throw notFound('image');
      return table.listTagNames(db, image.id, page.after, page.limit);
    },

    /**
     * The manifests that name this one as their subject; none when it, or the image, is not there. A page may have
     * fewer than `limit` and more behind it: it is bounded in bytes, too.
     */
    async referrers(
      address: ImageAddress,
      subject: Digest,
      filter: { artifactType: string | null; after: string | null },
      limit: number,
    ): Promise<{ items: table.ImageManifestHead[]; more: boolean }> {
      const image = await findImage(db, address.project.id, address.path);
      if (!image) return { items: [], more: false };
      return table.listReferrers(db, image.id, subject.text, filter, limit);
    },
  };
}

/** Ends the transaction that found it out. */
class MissingReferences extends Error {
  override readonly name = 'MissingReferences';
  readonly digests: string[];

  constructor(digests: string[]) {
    super('the manifest refers to what is not there');
    this.digests = digests;
  }
}

function verified(bytes: Uint8Array, expected: Digest | null): string {
  const actual = digestOf(bytes, expected?.algorithm ?? 'sha256');
  if (expected === null || expected.text === actual) return actual;
  throw ruleBroken(`The received data has the digest ${actual}, not ${expected.text}.`, 'digest');
}

/** @returns the blobs that the manifest needs, entries of an index that are blobs among them, and its other entries. */
async function resolve(
  trx: Db,
  imageId: number,
  manifest: Manifest,
): Promise<{ blobs: string[]; manifestIds: number[] }> {
  const manifests = await table.findManifestIds(trx, imageId, manifest.entries);
  const blobs = [...manifest.blobs, ...manifest.entries.filter((digest) => !manifests.has(digest))];
  const linked = await findLinked(trx, imageId, blobs);
  const missing = blobs.filter((digest) => !linked.has(digest));
  if (missing.length > 0) throw new MissingReferences(missing);
  return { blobs: [...new Set(blobs)], manifestIds: [...manifests.values()] };
}

/** So many of the tags that go with a manifest are named in the audit log. */
const MAX_NAMED_TAGS = 500;

async function removeManifest(trx: Db, { id }: ImageRow, digest: string): Promise<Deletion | null> {
  const tags = await listTagsOn(trx, id, digest, MAX_NAMED_TAGS);
  const removed = await deleteManifest(trx, id, digest);
  return removed ? { action: 'container_repository_manifest_deleted', digest, tags } : null;
}

async function removeTag(trx: Db, { id }: ImageRow, name: string): Promise<Deletion | null> {
  const removed = await table.deleteTag(trx, id, name);
  return removed ? { action: 'container_repository_tags_deleted', tags: [name] } : null;
}

/** For a tag or digest that can be neither: nothing can be there. */
export const isReference = (reference: string) =>
  looksLikeDigest(reference) ? parseDigest(reference) !== null : isTag(reference);
