import { HOUR } from '../../lib/clock.ts';
import { methodNotAllowed, notFound } from '../../lib/errors.ts';
import type { StoredBytes } from '../../lib/stored-bytes.ts';
import { inTransaction } from '../../store/db/database.ts';
import { isBrokenReference } from '../../store/db/errors.ts';
import * as table from '../../store/tables/image-blobs.ts';
import { ensureImage, findImage, type ImageRow } from '../../store/tables/images.ts';
import type { Authorised, Confirm } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import { pinBlobs } from '../collection/pin-blobs.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';
import { inQuotaTransaction } from '../quota/quota-transaction.ts';
import type { ImageAddress } from './address.ts';
import { recordDeletion } from './deletions.ts';
import type { Digest } from './digest.ts';

export interface ImageBlob {
  digest: string;
  size: number;
  /** The bytes, lazily. */
  open(): Promise<StoredBytes>;
}

export type ImageBlobs = ReturnType<typeof createImageBlobs>;

/** How often a content may be collected under the hands of an upload before something else must be wrong. */
const ATTEMPTS = 5;

export function createImageBlobs({ db, imageBlobs: store, clock, graceMs }: Deps, audit: Audit) {
  /**
   * What was asked for is not collected for the grace time, as what asked may be about to refer to it. It is noted when
   * more than a part of that time has gone by, not each time.
   */
  const touchEvery = Math.min(HOUR, graceMs / 4);

  /**
   * @returns false when the bytes are not there, and nothing was linked. @throws PosternError over_quota, not_found.
   */
  const link = (
    project: Project,
    image: ImageRow,
    { sha256, digest, size }: { digest: string; sha256: string; size: number },
    confirm: Confirm,
  ) =>
    inQuotaTransaction(db, project, async (trx, takeRoom) => {
      await confirm(trx);
      const missing = await pinBlobs(trx, store, [sha256]);
      if (missing.length > 0) return false;
      await takeRoom([{ store: 'images', name: sha256, size }]);
      const now = clock();
      await table.insertContent(trx, { digest, sha256, size, created_at: now });
      await table.linkBlob(trx, image.id, digest, now);
      return true;
    }).catch((error: unknown) => {
      // The image was deleted while its blob came.
      throw isBrokenReference(error) ? notFound('image') : error;
    });

  return {
    /** A blob of this image. @throws PosternError not_found, also when other images have it. */
    async get(address: ImageAddress, digest: Digest): Promise<ImageBlob> {
      const image = await findImage(db, address.project.id, address.path);
      const row = image && (await table.findImageBlob(db, image.id, digest.text));
      if (!image || !row) throw notFound('blob');
      if (clock() - row.touched_at > touchEvery && !(await table.touchBlob(db, image.id, digest.text, clock())))
        throw notFound('blob');
      return {
        digest: digest.text,
        size: row.size,
        async open() {
          const bytes = await store.open(row.sha256, row.size);
          if (!bytes) throw new Error(`the blob ${digest.text} is in the database and not in the blob store`);
          return bytes;
        },
      };
    },

    /**
     * Makes a blob of an image from a finished upload. The bytes are durable before the row is; should the collector
     * take the same bytes away in between, they are made a blob once more.
     * @returns its size in bytes.
     * @throws PosternError unprocessable on a wrong digest, over_quota.
     */
    async adopt(
      { project }: ImageAddress,
      image: ImageRow,
      upload: string,
      digest: Digest,
      confirm: Confirm,
    ): Promise<number> {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const { sha256, size } = await store.uploads.complete(upload, digest.algorithm, digest.hex);
        if (await link(project, image, { digest: digest.text, sha256, size }, confirm)) return size;
      }
      throw new Error(`the blob ${digest.text} vanishes from the blob store`);
    },

    /**
     * Links a blob of one image to another; whether the caller may read the first is for the caller to have asked.
     * @throws PosternError over_quota.
     */
    async mount(from: ImageAddress, to: ImageAddress, digest: Digest, confirm: Confirm): Promise<boolean> {
      const source = await findImage(db, from.project.id, from.path);
      const blob = source && (await table.findImageBlob(db, source.id, digest.text));
      if (!blob) return false;
      const target = await ensureImage(db, to.project.id, to.path, clock());
      // Collected meanwhile: the client pushes it, as if it had never been there.
      return link(to.project, target, blob, confirm);
    },

    /** Unlinks a blob from an image. @throws PosternError method_not_allowed while a manifest of the image needs it. */
    async remove(address: ImageAddress, { text: digest }: Digest, { author: by, confirm }: Authorised): Promise<void> {
      try {
        await inTransaction(db, async (trx) => {
          await confirm(trx);
          const image = await findImage(trx, address.project.id, address.path);
          if (!image || !(await table.unlinkBlob(trx, image.id, digest))) throw notFound('blob');
          const deletion = { action: 'container_repository_blob_deleted', digest } as const;
          await recordDeletion(audit, trx, { ...address, id: image.id }, deletion, by);
        });
      } catch (error) {
        if (isBrokenReference(error))
          throw methodNotAllowed('A manifest of this image refers to the blob: delete the manifest first.');
        throw error;
      }
    },
  };
}
