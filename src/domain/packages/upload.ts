import { type DigestName, type Digests, teeDigests } from '../../lib/digest-tee.ts';
import { tooLarge, unprocessable } from '../../lib/errors.ts';
import type { BlobStore } from '../../store/blobs/blob-store.ts';

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
  /** What the type needs besides SHA-256. */
  digests?: readonly DigestName[];
}

/**
 * Streams a body into the store and hashes it once on the way. What nothing comes to refer to is cleared away later.
 * @throws PosternError `too_large` over the limit, `unprocessable` when it ends early.
 */
export async function storeUpload(
  blobs: BlobStore,
  body: AsyncIterable<Uint8Array>,
  { maxBytes, size, digests = [] }: UploadLimits,
): Promise<StoredFile> {
  if (size !== undefined && size > maxBytes) throw tooLarge(`larger than the limit of ${maxBytes} bytes`);
  const tee = teeDigests(body, digests);
  const stored = await blobs.put(tee.body, { maxBytes });
  if (size !== undefined && stored.size !== size) throw unprocessable(`expected ${size} bytes, got ${stored.size}`);
  return { ...stored, ...tee.digests() };
}
