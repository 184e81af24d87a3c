import { notFound } from '../../lib/errors.ts';
import type { Db } from '../../store/db/database.ts';
import { isBrokenReference } from '../../store/db/errors.ts';
import * as table from '../../store/tables/image-blobs.ts';
import type { ImageRow } from '../../store/tables/images.ts';
import type { Confirm } from '../access/confirm.ts';
import { pinBlobs } from '../collection/pin-blobs.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';
import { inQuotaTransaction } from '../quota/quota-transaction.ts';

/** A blob of the store for images, under the digest that clients know it by. */
export interface ImageContent {
  digest: string;
  /** The name in the blob store. */
  sha256: string;
  size: number;
}

/** The image that is to refer to a blob. */
export interface LinkTarget {
  project: Project;
  /** The image, found or made in the transaction, after its confirmation. */
  imageIn(trx: Db): ImageRow | Promise<ImageRow>;
}

/**
 * Makes an image refer to a blob, in one transaction: pin, quota, confirmation, image, reference.
 * @returns false when the blob is not in the store, and nothing was written.
 * @throws PosternError over_quota; not_found when the image or its project was deleted in the meantime; what `confirm`
 * throws.
 */
export async function linkBlob(
  { db, imageBlobs, clock }: Pick<Deps, 'db' | 'imageBlobs' | 'clock'>,
  { project, imageIn }: LinkTarget,
  { digest, sha256, size }: ImageContent,
  confirm: Confirm,
): Promise<boolean> {
  try {
    return await inQuotaTransaction(db, project, async (trx, reserveQuota) => {
      const missing = await pinBlobs(trx, imageBlobs, [sha256]);
      if (missing.length > 0) return false;
      await reserveQuota([{ store: 'images', name: sha256, size }]);
      // After the locks: a revocation during the wait for them must win.
      await confirm(trx);
      const now = clock();
      await table.insertContent(trx, { digest, sha256, size, created_at: now });
      await table.linkBlob(trx, (await imageIn(trx)).id, digest, now);
      return true;
    });
  } catch (error) {
    throw isBrokenReference(error) ? notFound('image') : error;
  }
}
