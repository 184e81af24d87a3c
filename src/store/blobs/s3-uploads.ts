import { notFound } from '../../lib/errors.ts';
import { hashed } from '../../lib/hashed.ts';
import { inFlight } from '../../lib/in-flight.ts';
import { inParts } from '../../lib/in-parts.ts';
import type { Bucket, S3Object } from '../s3/bucket.ts';
import { assertUploadId } from './assert-name.ts';
import type { BlobUploads } from './blob-store.ts';
import { isBusy, wrongDigest } from './upload-errors.ts';

/** Parts of one body that are under way at once, besides the one that is being filled. */
export const PARTS_AT_ONCE = 2;

interface Options {
  prefix: string;
  partBytes: number;
  /** Makes a blob of these bytes, in this order. */
  keep(sources: readonly S3Object[], sha256: string): Promise<void>;
}

/**
 * The hash of what has come so far, and of which objects it is: another server may have added to the upload since, and then it is
 * not believed but read again.
 */
interface Progress {
  hasher: Bun.CryptoHasher;
  etags: string;
}

/** More uploads than this at once are hashed by reading them again. */
const MAX_REMEMBERED = 10_000;

/**
 * Uploads as objects, one for every part of one size, named by where in the blob it begins; the last one may be shorter, and is
 * put anew, longer, when more comes. An upload without a byte is one empty object. What lies behind a gap is of a part that
 * failed, and does not count.
 */
export function s3Uploads(bucket: Bucket, { prefix, partBytes, keep }: Options): BlobUploads {
  const progress = new Map<string, Progress>();
  const busy = new Set<string>();
  /** Discarded here while a request was busy with them. */
  const discarded = new Set<string>();
  const folderOf = (id: string) => `${prefix}${assertUploadId(id)}/`;
  const keyOf = (id: string, offset: number) => `${folderOf(id)}${String(offset).padStart(16, '0')}`;

  const find = async (id: string): Promise<Parts> => sortOut(id, await Array.fromAsync(bucket.list(folderOf(id))));

  /** Of several requests to this server one adds to an upload, or ends it; two servers' are told apart by what they leave. */
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

  const sortOut = (id: string, objects: readonly S3Object[]): Parts => {
    const parts: S3Object[] = [];
    let size = 0;
    for (const object of objects) {
      const isNext = object.key === keyOf(id, size) && (parts.at(-1)?.size ?? partBytes) === partBytes;
      if (!isNext) break;
      parts.push(object);
      size += object.size;
    }
    return { parts, size, astray: objects.slice(parts.length) };
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

  const write = async (id: string, { parts, size }: Parts, body: AsyncIterable<Uint8Array>): Promise<S3Object[]> => {
    const last = parts.at(-1);
    const isShort = last !== undefined && last.size < partBytes;
    const begun = isShort ? await bucket.get(last.key, 0, last.size, last.etag) : undefined;
    const kept = isShort ? parts.slice(0, -1) : [...parts];
    const start = size - (begun?.byteLength ?? 0);
    await inFlight(inParts(body, partBytes, begun), PARTS_AT_ONCE, async (part, i) => {
      const key = keyOf(id, start + i * partBytes);
      kept[start / partBytes + i] = { key, size: part.byteLength, modifiedAt: 0, etag: await bucket.put(key, part) };
    });
    return kept.length === 0 ? [...parts] : kept;
  };

  const forget = async (id: string) => {
    progress.delete(id);
    // From the end: when this breaks off, what is left is a shorter upload, which can be found and forgotten again.
    const { parts, astray } = await find(id);
    await inFlight([...astray, ...parts.toReversed()], DELETES_AT_ONCE, ({ key }) => bucket.delete(key));
  };

  return {
    async begin(id) {
      const etag = await bucket.put(keyOf(id, 0), new Uint8Array(0));
      if (progress.size < MAX_REMEMBERED) progress.set(id, { hasher: new Bun.CryptoHasher('sha256'), etags: etag });
    },

    async size(id) {
      const { parts, size } = await find(id);
      return parts.length === 0 ? null : size;
    },

    append: (id, body) =>
      alone(id, async () => {
        const found = await find(id);
        if (found.parts.length === 0) throw notFound('upload');
        for (const { key } of found.astray) await bucket.delete(key);
        const hasher = recall(id, found.parts);
        // When this fails, what is written and what is hashed may differ.
        progress.delete(id);
        const parts = await write(id, found, hasher ? hashed(body, hasher) : body);
        // The last part, put anew, would be an upload again.
        if (discarded.has(id)) {
          await forget(id);
          throw notFound('upload');
        }
        if (hasher && progress.size < MAX_REMEMBERED) progress.set(id, { hasher, etags: etagsOf(parts) });
        return parts.reduce((sum, { size }) => sum + size, 0);
      }),

    complete: (id, algorithm, digest) =>
      alone(id, async () => {
        const { parts, size } = await find(id);
        if (parts.length === 0) throw notFound('upload');
        const sha256 = recall(id, parts)?.copy().digest('hex') ?? (await hash(parts, 'sha256'));
        const actual = algorithm === 'sha256' ? sha256 : await hash(parts, algorithm);
        if (actual !== digest) throw wrongDigest(algorithm, actual, digest);
        await keep(parts, sha256);
        return { sha256, size };
      }),

    async discard(id) {
      if (busy.has(id)) discarded.add(id);
      await forget(id);
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

interface Parts {
  parts: readonly S3Object[];
  /** Of these parts together, in bytes. */
  size: number;
  astray: readonly S3Object[];
}

const DELETES_AT_ONCE = 8;

const etagsOf = (parts: readonly S3Object[]) => parts.map(({ etag }) => etag).join();
