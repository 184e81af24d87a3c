import { MINUTE } from '../../lib/clock.ts';
import { unavailable } from '../../lib/errors.ts';
import type { Bucket } from '../s3/bucket.ts';
import { S3Error } from '../s3/s3-error.ts';

/** A mark that is older was left by a program that was killed: nothing it has sent is under way any more. */
const STALE_MS = 15 * MINUTE;

/** How long a writer of a blob waits for a collector to finish with it. */
const WAIT_MS = 10_000;

/**
 * How often a blob is put again that a collector took: it finds what is put now too young, so once would do but for
 * clocks apart.
 */
const MORE_TRIES = 2;

/**
 * Removing blobs while others put them. S3 cannot remove an object on the condition that it is old, so there is a time
 * between the look and the removal. Therefore a collector sets a mark before it looks, and a writer that has put a blob
 * looks for marks. When there is none, any collector's look comes after the put, and finds the blob young. When there
 * is one, we wait until it is gone, and look whether the blob still is; where it is not, it is put again.
 */
export function createRemoval(bucket: Bucket, prefix: string, keyOf: (sha256: string) => string) {
  const marksOf = (sha256: string) => `${prefix}removing/${sha256}/`;

  const isMarked = async (sha256: string): Promise<boolean> => {
    for await (const { modifiedAt } of bucket.list(marksOf(sha256)))
      if (Date.now() - modifiedAt < STALE_MS) return true;
    return false;
  };

  const unmarked = async (sha256: string): Promise<void> => {
    const end = Date.now() + WAIT_MS;
    while (await isMarked(sha256)) {
      if (Date.now() > end) throw beingRemoved();
      await Bun.sleep(100);
    }
  };

  return {
    async remove(sha256: string, before = Number.POSITIVE_INFINITY): Promise<boolean> {
      const key = keyOf(sha256);
      const isOld = async () => ((await bucket.head(key))?.modifiedAt ?? Number.POSITIVE_INFINITY) < before;
      if (!(await isOld())) return false;
      const mark = `${marksOf(sha256)}${crypto.randomUUID()}`;
      await bucket.put(mark, new Uint8Array(0));
      const old = await isOld();
      try {
        if (old) await bucket.deleteOnce(key);
      } catch (error) {
        // A removal that was not answered may still be done, at any time: then the mark stays.
        if (error instanceof S3Error && error.status > 0) await bucket.delete(mark);
        throw error;
      }
      await bucket.delete(mark);
      return old;
    },

    /**
     * To be called when a blob was put.
     * @param putAgain if its bytes are still at hand: called when it is gone all the same.
     * @throws PosternError `unavailable` when it is gone and cannot be put again.
     */
    async ensureNotCollected(sha256: string, putAgain?: () => Promise<void>): Promise<void> {
      for (let tries = 0; await isMarked(sha256); tries++) {
        await unmarked(sha256);
        if (await bucket.head(keyOf(sha256))) return;
        if (!putAgain || tries === MORE_TRIES) throw beingRemoved();
        await putAgain();
      }
    },
  };
}

const beingRemoved = () => unavailable('An older copy of this was just being cleared away. Send it again.', 2);
