import { discardBlobs } from '../collection/discard-blobs.ts';
import type { Deps } from '../deps.ts';
import type { ProjectRef } from '../quota/quota.ts';
import { type StoredFile, storeUpload, type UploadLimits } from './upload.ts';

/** Streams a body into the blob store, before it belongs to a package. @throws as `storeUpload`. */
export type Receive = (
  project: ProjectRef,
  body: AsyncIterable<Uint8Array>,
  limits: UploadLimits,
) => Promise<StoredFile>;

/** Runs a publication that receives files; when it fails, the files are deleted at once. */
export type Receiving = <T>(work: (receive: Receive) => Promise<T>) => Promise<T>;

export function createReceiving(deps: Pick<Deps, 'db' | 'blobs' | 'imageBlobs' | 'report'>): Receiving {
  return async (work) => {
    const received: string[] = [];
    try {
      return await work(async (project, body, limits) => {
        const stored = await storeUpload(deps, project, body, limits);
        received.push(stored.sha256);
        return stored;
      });
    } catch (error) {
      await discardBlobs(deps, 'files', received);
      throw error;
    }
  };
}
