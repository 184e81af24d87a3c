import { notFound } from '../../lib/errors.ts';
import { expectLength } from '../../lib/expect-length.ts';
import { hashed } from '../../lib/hashed.ts';
import type { Bucket, S3Object } from '../s3/bucket.ts';
import type { BlobUploads } from './blob-store.ts';
import { s3Parts } from './s3-parts.ts';
import { isBusy, isWhole, wrongDigest } from './upload-errors.ts';

interface Options {
  prefix: string;
  partBytes: number;
  /** Makes a blob of these bytes, in this order. */
  keep(sources: readonly S3Object[], sha256: string): Promise<void>;
}

/**
 * The hash of what has come so far, and of which objects it is: another server may have added to the upload since, and
 * then it is not believed but read again.
 */
interface Progress {
  hasher: Bun.CryptoHasher;
  etags: string;
}

/** More uploads than this at once are hashed by reading them again. */
const MAX_REMEMBERED = 10_000;

/** Uploads as objects: see `s3Parts`. */
export function s3Uploads(bucket: Bucket, { prefix, partBytes, keep }: Options): BlobUploads {
  const progress = new Map<string, Progress>();
  const busy = new Set<string>();
  /** Discarded here while a request was busy with them. */
  const discarded = new Set<string>();
  const objects = s3Parts(bucket, { prefix, partBytes });

  /**
   * Of several requests to this server one adds to an upload, or ends it; two servers' are distinguished by what they
   * leave.
   */
  const alone = async <T>(id: string, work: () => Promise<T>): Promise<T> => {
    if (busy.has(id)) throw isBusy();
    busy.add(id);
    try {
      return await work();
    } catch (error) {
      throw discarded.has(id) ? notFound('upload') : error;
    } finally {
      busy.delete(id);
      discarded.delete(id);
    }
  };

  const recall = (id: string, parts: readonly S3Object[]): Bun.CryptoHasher | null => {
    const state = progress.get(id);
    return state?.etags === etagsOf(parts) ? state.hasher : null;
  };

  const hash = async (parts: readonly S3Object[], algorithm: 'sha256' | 'sha512'): Promise<string> => {
    const hasher = new Bun.CryptoHasher(algorithm);
    for (const { key, size, etag } of parts) hasher.update(await bucket.get(key, 0, size, etag));
    return hasher.digest('hex');
  };

  const dropUpload = async (id: string) => {
    progress.delete(id);
    await objects.deleteParts(id);
  };

  /** Parts that were put while the upload was discarded would be an upload again. */
  const andForget = <T>(id: string, work: Promise<T>): Promise<T> =>
    work.finally(async () => {
      if (discarded.has(id)) await dropUpload(id);
    });

  return {
    async begin(id) {
      const etag = await objects.begin(id);
      if (progress.size < MAX_REMEMBERED) progress.set(id, { hasher: new Bun.CryptoHasher('sha256'), etags: etag });
    },

    async size(id) {
      const { parts, size } = await objects.find(id);
      return parts.length === 0 ? null : size;
    },

    append: (id, body, bytes) =>
      alone(id, async () => {
        const found = await objects.find(id);
        if (found.parts.length === 0) throw notFound('upload');
        if (found.whole) throw isWhole();
        for (const { key } of found.astray) await bucket.delete(key);
        const hasher = recall(id, found.parts);
        // When this fails, what is written and what is hashed may differ.
        progress.delete(id);
        const checked = bytes === undefined ? body : expectLength(body, bytes);
        const parts = await andForget(id, objects.write(id, found, hasher ? hashed(checked, hasher) : checked));
        if (discarded.has(id)) throw notFound('upload');
        if (hasher && progress.size < MAX_REMEMBERED) progress.set(id, { hasher, etags: etagsOf(parts) });
        return parts.reduce((sum, { size }) => sum + size, 0);
      }),

    complete: (id, algorithm, digest) =>
      alone(id, async () => {
        const { parts, size } = await objects.find(id);
        if (parts.length === 0) throw notFound('upload');
        const sha256 = recall(id, parts)?.copy().digest('hex') ?? (await hash(parts, 'sha256'));
        const actual = algorithm === 'sha256' ? sha256 : await hash(parts, algorithm);
        if (actual !== digest) throw wrongDigest(algorithm, actual, digest);
        const name = async () => {
          await objects.markWhole(id);
          await keep(parts, sha256);
        };
        await andForget(id, name());
        return { sha256, size };
      }),

    async discard(id) {
      if (busy.has(id)) discarded.add(id);
      await dropUpload(id);
    },

    async *list() {
      let upload: { id: string; size: number; modifiedAt: number } | undefined;
      for await (const { key, size, modifiedAt } of bucket.list(prefix)) {
        const id = key.slice(prefix.length, key.lastIndexOf('/'));
        if (upload && upload.id !== id) yield upload;
        if (upload?.id !== id) upload = { id, size: 0, modifiedAt };
        upload = { id, size: upload.size + size, modifiedAt: Math.max(upload.modifiedAt, modifiedAt) };
      }
      if (upload) yield upload;
    },
  };
}

const etagsOf = (parts: readonly S3Object[]) => parts.map(({ etag }) => etag).join();
