import type { S3Config } from '../../config/blobs.ts';
import type { S3Keys } from '../../config/secrets.ts';
import { StartError } from '../../lib/start-error.ts';
import { createBucket } from '../s3/bucket.ts';
import { createS3Client, DEFAULT_RETRIES } from '../s3/s3-client.ts';
import type { BlobStores } from './blob-store.ts';
import { s3Blobs } from './s3.ts';

/** How long a look at the bucket may take. */
const CHECK_MS = 10_000;
const RECHECK_MS = 2000;

/** Both stores in one bucket. @throws StartError when there is no key to it. */
export function openBucket(config: S3Config, keys: S3Keys | null): BlobStores {
  const bucket = createBucket(createS3Client(config, keysOf(keys)));
  const store = (name: string) => s3Blobs(bucket, { prefix: `${config.prefix}${name}/`, readers: config.readers });
  const { check } = probe(config, keysOf(keys));
  return { blobs: store('blobs'), imageBlobs: store('images'), check: shared(check) };
}

/** A bucket with what lets us in. */
export interface BucketAccess {
  address: S3Config;
  keys: S3Keys | null;
}

/**
 * Writes an object beside the blobs, reads it, copies it and removes it again: whether the key may do all that we need.
 * @throws S3Error
 */
export async function tryBucket({ address, keys }: BucketAccess): Promise<void> {
  const bucket = probe(address, keysOf(keys));
  await bucket.check();
  const name = `${address.prefix}doctor/${crypto.randomUUID()}`;
  const etag = await bucket.put(name, new TextEncoder().encode('postern doctor'));
  try {
    await bucket.copy(name, `${name}-copy`, etag);
    await bucket.get(`${name}-copy`, 0, 14);
  } finally {
    await bucket.delete(`${name}-copy`);
    await bucket.delete(name);
  }
}

/** Anyone can send this request: the storage is checked again only after a moment. */
function shared(check: () => Promise<void>): () => Promise<void> {
  let last: { at: number; result: Promise<void> } | undefined;
  return () => {
    if (!last || Date.now() - last.at > RECHECK_MS) last = { at: Date.now(), result: check() };
    return last.result;
  };
}

const probe = (config: S3Config, keys: S3Keys) =>
  createBucket(
    createS3Client(config, keys, { ...DEFAULT_RETRIES, attempts: 2, timeoutMs: CHECK_MS, longTimeoutMs: CHECK_MS }),
  );

function keysOf(keys: S3Keys | null): S3Keys {
  if (keys === null)
    throw new StartError('POSTERN_S3_ACCESS_KEY_ID is not set: the bucket of POSTERN_BLOBS takes a key.');
  return keys;
}
