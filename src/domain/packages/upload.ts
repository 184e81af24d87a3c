import { defined } from '../../lib/defined.ts';
import { type DigestName, type Digests, teeDigests } from '../../lib/digest-tee.ts';
import { tooLarge } from '../../lib/errors.ts';
import type { Deps } from '../deps.ts';
import { guardBody, type ProjectRef } from '../quota/quota.ts';

/** A received body in the blob store that belongs to no package yet. */
export interface StoredFile extends Digests {
  sha256: string;
  size: number;
}

export interface UploadLimits {
  /** The largest body, in bytes. */
  maxBytes: number;
  /** The announced number of bytes: a body with another number was cut off. */
  size?: number;
  /** A lower bound of the number of bytes, where no number was announced. */
  atLeast?: number;
  /** The digests that the type needs in addition to SHA-256. */
  digests?: readonly DigestName[];
}

/**
 * Streams a body into the blob store and hashes it once. The collector deletes a blob that no package refers to.
 * @throws PosternError `too_large` over the limit, `over_quota` when the quota of the project or of a group is used up,
 * `unprocessable` when the body ends early.
 */
export async function storeUpload(
  { db, blobs }: Pick<Deps, 'db' | 'blobs'>,
  place: ProjectRef,
  body: AsyncIterable<Uint8Array>,
  { maxBytes, size, atLeast, digests = [] }: UploadLimits,
): Promise<StoredFile> {
  // Before the quota is checked: a body that is too large is refused for that, whatever space is left.
  if (size !== undefined && size > maxBytes) throw tooLarge(`larger than the limit of ${maxBytes} bytes`);
  const tee = teeDigests(await guardBody(db, place, body, { announced: size ?? atLeast }), digests);
  const stored = await blobs.put(tee.body, { maxBytes, ...defined({ size }) });
  return { ...stored, ...tee.digests() };
}
