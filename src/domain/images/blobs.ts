import { HOUR } from '../../lib/clock.ts';
import { methodNotAllowed, notFound } from '../../lib/errors.ts';
import type { StoredBytes } from '../../lib/stored-bytes.ts';
import { inTransaction } from '../../store/db/database.ts';
import { isBrokenReference } from '../../store/db/errors.ts';
import * as table from '../../store/tables/image-blobs.ts';
import { ensureImage, findImage } from '../../store/tables/images.ts';
import type { Authorised, Confirm } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import type { ImageAddress } from './address.ts';
import { recordDeletion } from './deletions.ts';
import type { Digest } from './digest.ts';
import { type LinkTarget, linkBlob } from './link-blob.ts';

export interface ImageBlob {
  digest: string;
  size: number;
  /** The bytes, lazily. */
  open(): Promise<StoredBytes>;
}

export type ImageBlobs = ReturnType<typeof createImageBlobs>;

/** The blobs of images, from the moment that they are there: an upload makes them (`uploads.ts`). */
export function createImageBlobs(deps: Deps, audit: Audit) {
  const { db, imageBlobs: store, clock, graceMs } = deps;
  /**
   * A blob that was requested is not collected for the grace period: the client may be about to refer to it. The time
   * of the request is written when a part of the grace period has passed since the last write, not each time.
   */
  const touchEvery = Math.min(HOUR, graceMs / 4);

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
     * Links a blob of one image to another, which is made when it is not there.
     * @param confirm confirms also that the first may be read.
     * @throws PosternError over_quota; what `confirm` throws.
     */
    async mount(from: ImageAddress, to: ImageAddress, digest: Digest, confirm: Confirm): Promise<boolean> {
      const source = await findImage(db, from.project.id, from.path);
      const blob = source && (await table.findImageBlob(db, source.id, digest.text));
      if (!blob) return false;
      const imageIn: LinkTarget['imageIn'] = (trx) => ensureImage(trx, to.project.id, to.path, clock());
      // False when the blob was collected since the look-up: the client then pushes it.
      return linkBlob(deps, { project: to.project, imageIn }, blob, confirm);
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
