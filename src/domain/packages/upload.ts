import { defined } from '../../lib/defined.ts';
import { type DigestName, type Digests, teeDigests } from '../../lib/digest-tee.ts';
import { tooLarge } from '../../lib/errors.ts';
import type { Deps } from '../deps.ts';
import { guardBody, type ProjectRef } from '../quota/quota.ts';

/** A body that lies in the store and belongs to no package yet. */
export interface StoredFile extends Digests {
  sha256: string;
  size: number;
}

export interface UploadLimits {
  /** The most bytes that are taken. */
  maxBytes: number;
  /** How many bytes were announced; another number is a body that was cut off. */
  size?: number;
  /** Where that is not known: how many at least. */
  atLeast?: number;
  /** What the type needs besides SHA-256. */
  digests?: readonly DigestName[];
}

/**
 * Streams a body into the store and hashes it once on the way. What nothing comes to refer to is cleared away later.
 * @throws PosternError `too_large` over the limit, `over_quota` when there is no room left in the place that it is for,
 * `unprocessable` when it ends early.
 */
export async function storeUpload(
  { db, blobs }: Pick<Deps, 'db' | 'blobs'>,
  place: ProjectRef,
  body: AsyncIterable<Uint8Array>,
  { maxBytes, size, atLeast, digests = [] }: UploadLimits,
): Promise<StoredFile> {
  // Before anybody asks for room: what is too large never fits.
  if (size !== undefined && size > maxBytes) throw tooLarge(`larger than the limit of ${maxBytes} bytes`);
  const tee = teeDigests(await guardBody(db, place, body, { announced: size ?? atLeast }), digests);
  const stored = await blobs.put(tee.body, { maxBytes, ...defined({ size }) });
  return { ...stored, ...tee.digests() };
}
