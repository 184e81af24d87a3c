import { chunkStream } from '../../lib/chunk-stream.ts';
import { WrongLength } from '../../lib/expect-length.ts';
import { inFlight } from '../../lib/in-flight.ts';
import type { Bucket, S3Object } from '../s3/bucket.ts';
import { assertUploadId } from './assert-name.ts';

/** Parts of one body that are under way at once, in addition to the one that is being filled. */
export const PARTS_AT_ONCE = 2;

const DELETES_AT_ONCE = 8;

/** Behind the objects of an upload that is whole, an empty one: nothing may be added to it any more. */
const WHOLE = 'whole';

interface Parts {
  parts: readonly S3Object[];
  /** Of these parts together, in bytes. */
  size: number;
  astray: readonly S3Object[];
  /** Completed once. */
  whole: boolean;
}

/**
 * The objects of an upload, one for every part of one size, named by where in the blob it begins; the last one may be
 * shorter, and is put again, longer, when more arrives. An upload without a byte is one empty object. Data after a
 * gap belongs to a part that failed, and does not count.
 */
export function s3Parts(bucket: Bucket, { prefix, partBytes }: { prefix: string; partBytes: number }) {
  const folderOf = (id: string) => `${prefix}${assertUploadId(id)}/`;
  const keyOf = (id: string, offset: number) => `${folderOf(id)}${String(offset).padStart(16, '0')}`;

  const find = async (id: string): Promise<Parts> => sortOut(id, await Array.fromAsync(bucket.list(folderOf(id))));

  const sortOut = (id: string, all: readonly S3Object[]): Parts => {
    const mark = folderOf(id) + WHOLE;
    const objects = all.filter(({ key }) => key !== mark);
    const parts: S3Object[] = [];
    let size = 0;
    for (const object of objects) {
      const isNext = object.key === keyOf(id, size) && (parts.at(-1)?.size ?? partBytes) === partBytes;
      if (!isNext) break;
      parts.push(object);
      size += object.size;
    }
    return { parts, size, astray: objects.slice(parts.length), whole: objects.length < all.length };
  };

  /**
   * Makes an upload as long as it was. From the end: what breaks off leaves no gap. @param last its last part, where
   * that was short.
   */
  const cut = async (id: string, size: number, last: Uint8Array<ArrayBuffer> | undefined) => {
    const start = size - (last?.byteLength ?? 0);
    const { parts } = await find(id);
    for (const { key } of parts.toReversed()) if (key > keyOf(id, start)) await bucket.delete(key);
    if (last) await bucket.put(keyOf(id, start), last);
    else await bucket.delete(keyOf(id, start));
  };

  return {
    find,

    /** Begins an upload. @returns its part, which is empty. */
    begin: (id: string): Promise<string> => bucket.put(keyOf(id, 0), new Uint8Array(0)),

    /** Notes that it is whole. */
    async markWhole(id: string): Promise<void> {
      await bucket.put(folderOf(id) + WHOLE, new Uint8Array(0));
    },

    /** Adds to the end. Of a body of a wrong length nothing is kept. @returns all parts after it. */
    async write(id: string, { parts, size }: Parts, body: AsyncIterable<Uint8Array>): Promise<S3Object[]> {
      const last = parts.at(-1);
      const isShort = last !== undefined && last.size < partBytes;
      const begun = isShort ? await bucket.get(last.key, 0, last.size, last.etag) : undefined;
      const kept = isShort ? parts.slice(0, -1) : [...parts];
      const start = size - (begun?.byteLength ?? 0);
      await inFlight(chunkStream(body, partBytes, begun), PARTS_AT_ONCE, async (part, i) => {
        const key = keyOf(id, start + i * partBytes);
        kept[start / partBytes + i] = { key, size: part.byteLength, modifiedAt: 0, etag: await bucket.put(key, part) };
      }).catch(async (error: unknown) => {
        if (error instanceof WrongLength) await cut(id, size, begun);
        throw error;
      });
      return kept.length === 0 ? [...parts] : kept;
    },

    /** From the end: when this breaks off, what is left is a shorter upload, which can be found and forgotten again. */
    async deleteParts(id: string): Promise<void> {
      const { parts, astray, whole } = await find(id);
      await inFlight([...astray, ...parts.toReversed()], DELETES_AT_ONCE, ({ key }) => bucket.delete(key));
      if (whole) await bucket.delete(folderOf(id) + WHOLE);
    },
  };
}
