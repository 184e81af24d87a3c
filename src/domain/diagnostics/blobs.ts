import { messageOf } from '../../lib/message-of.ts';
import type { BucketAccess } from '../../store/blobs/open-bucket.ts';
import { type Check, fail, ok } from './check.ts';

/** Whether the bucket can be listed, written to, read and cleared. Leaves nothing in it. */
export async function checkBucket(access: BucketAccess): Promise<Check> {
  const { bucket, endpoint } = access.address;
  try {
    const { tryBucket } = await import('../../store/blobs/open-bucket.ts');
    await tryBucket(access);
    return ok('bucket', `${bucket} at ${endpoint} can be listed, written, read and cleared.`);
  } catch (error) {
    const message = `${bucket} at ${endpoint} cannot be used: ${messageOf(error)}.`;
    return fail('bucket', message, 'See POSTERN_BLOBS, the access key and what it may do, and the clock.');
  }
}
