import { join } from 'node:path';
import type { BlobsConfig, S3Config } from '../../config/blobs.ts';
import type { S3Keys } from '../../config/secrets.ts';
import { StartError } from '../../lib/start-error.ts';
import { createBucket } from '../s3/bucket.ts';
import { createS3Client, PATIENCE } from '../s3/s3-client.ts';
import { S3Error } from '../s3/s3-error.ts';
import type { BlobStore } from './blob-store.ts';
import { filesystemBlobs } from './filesystem.ts';
import { s3Blobs } from './s3.ts';

/** The two stores of blobs, each with a folder or a prefix of its own, so that each has its own collector. */
export interface BlobStores {
  blobs: BlobStore;
  imageBlobs: BlobStore;
  /** Asks once whether they can be reached. @throws S3Error */
  check(): Promise<void>;
}

/** How long a look at the bucket may take. */
const CHECK_MS = 10_000;
const RECHECK_MS = 2000;

export function openBlobs(config: BlobsConfig, keys: S3Keys | null, dataFolder: string): BlobStores {
  if (config.kind === 'filesystem')
    return {
      blobs: filesystemBlobs(join(dataFolder, 'blobs')),
      imageBlobs: filesystemBlobs(join(dataFolder, 'images')),
      check: async () => {},
    };
  const bucket = createBucket(createS3Client(config, keysOf(keys)));
  const store = (name: string) => s3Blobs(bucket, { prefix: `${config.prefix}${name}/`, readers: config.readers });
  const { check } = probe(config, keysOf(keys));
  return { blobs: store('blobs'), imageBlobs: store('images'), check: shared(check) };
}

/**
 * For the start: what will not pass by itself stops it. A storage that is away for now does not: until it is back, what needs it is
 * answered with 503.
 * @throws StartError
 */
export async function checkAtStart({ check }: BlobStores): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (error instanceof S3Error && !error.refuses) return;
    throw new StartError(`POSTERN_BLOBS: the bucket cannot be used: ${(error as Error).message}`);
  }
}

/** A bucket with what lets us in. */
export interface BucketAccess {
  address: S3Config;
  keys: S3Keys | null;
}

/** Writes an object beside the blobs, reads it, copies it and removes it again: whether the key may do all that we need. @throws S3Error */
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

/** Whoever asks may be anyone: the storage is asked again only after a moment. */
function shared(check: () => Promise<void>): () => Promise<void> {
  let last: { at: number; result: Promise<void> } | undefined;
  return () => {
    if (!last || Date.now() - last.at > RECHECK_MS) last = { at: Date.now(), result: check() };
    return last.result;
  };
}

const probe = (config: S3Config, keys: S3Keys) =>
  createBucket(
    createS3Client(config, keys, { ...PATIENCE, attempts: 2, timeoutMs: CHECK_MS, longTimeoutMs: CHECK_MS }),
  );

function keysOf(keys: S3Keys | null): S3Keys {
  if (keys === null)
    throw new StartError('POSTERN_S3_ACCESS_KEY_ID is not set: the bucket of POSTERN_BLOBS takes a key.');
  return keys;
}
