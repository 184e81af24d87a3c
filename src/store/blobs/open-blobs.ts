import { join } from 'node:path';
import type { BlobsConfig } from '../../config/blobs.ts';
import type { S3Keys } from '../../config/secrets.ts';
import { messageOf } from '../../lib/message-of.ts';
import { StartError } from '../../lib/start-error.ts';
import { S3Error } from '../s3/s3-error.ts';
import type { BlobStores } from './blob-store.ts';
import { filesystemBlobs } from './filesystem.ts';

export async function openBlobs(config: BlobsConfig, keys: S3Keys | null, dataFolder: string): Promise<BlobStores> {
  if (config.kind === 's3') return (await import('./open-bucket.ts')).openBucket(config, keys);
  return {
    blobs: filesystemBlobs(join(dataFolder, 'blobs')),
    imageBlobs: filesystemBlobs(join(dataFolder, 'images')),
    check: async () => {},
  };
}

/**
 * For the start: what will not pass by itself stops it. A storage that is away for now does not: until it is back, what
 * needs it is answered with 503.
 * @throws StartError
 */
export async function checkAtStart({ check }: BlobStores): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (error instanceof S3Error && !error.refuses) return;
    throw new StartError(`POSTERN_BLOBS: the bucket cannot be used: ${messageOf(error)}`);
  }
}
