import type { Services } from '../../domain/services.ts';
import { createBlobHandlers } from './blob-handlers.ts';
import { createManifestHandlers } from './manifest-handlers.ts';
import { createTokenHandlers } from './token-handlers.ts';
import { createUploadHandlers } from './upload-handlers.ts';

/** HTTP in and out, a module for each kind of thing that the protocol knows. */
export function createHandlers(services: Services) {
  return {
    tokens: createTokenHandlers(services),
    blobs: createBlobHandlers(services),
    uploads: createUploadHandlers(services),
    manifests: createManifestHandlers(services),
  };
}
