import { chunkStream } from '../../lib/chunk-stream.ts';
import { inFlight } from '../../lib/in-flight.ts';
import { resumeIterator } from '../../lib/resume-iterator.ts';
import type { Bucket, S3Object } from '../s3/bucket.ts';
import { assemble, beginMultipart, listMultiparts } from '../s3/multipart.ts';
import { assertDigest } from './assert-name.ts';
import type { BlobStore } from './blob-store.ts';
import { type CountingHash, createCountingHash } from './counting-hash.ts';
import { s3Bytes } from './s3-bytes.ts';
import { PARTS_AT_ONCE } from './s3-parts.ts';
import { createRemoval } from './s3-removal.ts';
import { s3Uploads } from './s3-uploads.ts';

/** How the keys of a store begin, and how clients may read from it. */
export interface S3BlobsOptions {
  /** Empty, or with a slash at its end. */
  prefix: string;
  /**
   * The base URL under which clients reach the storage, to be sent there for what they download. Null: it comes through
   * us.
   */
  readers: string | null;
  /** Bytes that are sent and held at once; 5 MiB at least. An object has 10,000 parts at most. */
  partBytes?: number;
}

const PART_BYTES = 8 * 1024 * 1024;

/**
 * Blobs in a bucket:
 *
 *     <prefix>sha256/ab/abcd…            the bytes; the name is their digest
 *     <prefix>tmp/<uuid>                 on their way in, while their digest is not known
 *     <prefix>uploads/<id>/<offset>      on their way in parts
 *     <prefix>uploads/<id>/whole         all its parts have come, and are a blob or becoming one
 *     <prefix>removing/<digest>/<uuid>   a collector is about to remove this blob
 *
 * An object is there whole or not at all, and durable when S3 says that it is there. It gets the name of its digest
 * when that is known to be right, by a copy within the storage where it was not known before the last byte. All state
 * is in the bucket: any number of servers may share it.
 */
export function s3Blobs(bucket: Bucket, { prefix, readers, partBytes = PART_BYTES }: S3BlobsOptions): BlobStore {
  const keyOf = (sha256: string) => `${prefix}sha256/${sha256.slice(0, 2)}/${assertDigest(sha256)}`;
  const removal = createRemoval(bucket, prefix, keyOf);

  /** @returns where it lies now, for it to be given its name. */
  const putInParts = async (parts: AsyncIterable<Uint8Array<ArrayBuffer>>, countingHash: CountingHash, key: string) => {
    const multipart = await beginMultipart(bucket, key);
    try {
      await inFlight(parts, PARTS_AT_ONCE, (part, i) => multipart.put(i + 1, part));
      countingHash.check();
      await multipart.complete();
    } catch (error) {
      // Parts that cannot be deleted now are found by the collector.
      await multipart.abort().catch(() => {});
      throw error;
    }
  };

  const putUnnamed = async (parts: AsyncIterable<Uint8Array<ArrayBuffer>>, countingHash: CountingHash) => {
    const temporary = `${prefix}tmp/${crypto.randomUUID()}`;
    await putInParts(parts, countingHash, temporary);
    const source = await bucket.head(temporary);
    if (!source) throw new Error('what was put together is not there');
    await name([source], countingHash.check().sha256);
    await bucket.delete(temporary).catch(() => {});
  };

  /** Makes a blob of objects in the bucket. */
  const name = (sources: readonly S3Object[], sha256: string) =>
    toStay(sha256, () => assemble(bucket, keyOf(sha256), sources));

  const toStay = async (sha256: string, put: () => Promise<void>) => {
    await put();
    await removal.ensureNotCollected(sha256, put);
  };

  return {
    async put(body, expect = {}) {
      const countingHash = createCountingHash(expect);
      const parts = chunkStream(countingHash.count(body), partBytes)[Symbol.asyncIterator]();
      const first = await parts.next();
      const second = first.done ? first : await parts.next();
      if (second.done) {
        const bytes = first.done ? new Uint8Array(0) : first.value;
        const { sha256 } = countingHash.check();
        await toStay(sha256, async () => void (await bucket.put(keyOf(sha256), bytes)));
      } else if (expect.sha256 === undefined)
        await putUnnamed(resumeIterator([first.value, second.value], parts), countingHash);
      else {
        await putInParts(resumeIterator([first.value, second.value], parts), countingHash, keyOf(expect.sha256));
        await removal.ensureNotCollected(expect.sha256);
      }
      return countingHash.check();
    },

    size: async (sha256) => (await bucket.head(keyOf(sha256)))?.size ?? null,

    open: async (sha256, size) => s3Bytes(bucket, { key: keyOf(sha256), size, readers }),

    delete: removal.remove,

    async *list() {
      for await (const { key, ...aged } of bucket.list(`${prefix}sha256/`)) yield { ...aged, sha256: lastOf(key) };
    },

    async *leftovers() {
      for (const kind of ['tmp', 'removing'])
        for await (const { key, size, modifiedAt } of bucket.list(`${prefix}${kind}/`))
          yield { size, modifiedAt, remove: () => bucket.delete(key) };
      for await (const { begunAt, abort } of listMultiparts(bucket, prefix))
        yield { size: 0, modifiedAt: begunAt, remove: abort };
    },

    uploads: s3Uploads(bucket, {
      prefix: `${prefix}uploads/`,
      partBytes,
      keep: name,
    }),
  };
}

const lastOf = (key: string) => key.slice(key.lastIndexOf('/') + 1);
