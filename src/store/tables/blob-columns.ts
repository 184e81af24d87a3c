import type { BlobColumn } from './blob-column.ts';
import { imageBlobColumn } from './image-blobs.ts';
import { imageManifestColumn } from './image-manifests.ts';
import { lfsObjectColumn } from './lfs.ts';
import { packageDocumentColumn } from './package-documents.ts';
import { packageFileColumn } from './package-files.ts';
import { repositoryDocumentColumn } from './package-repositories.ts';

/**
 * Every column that names a blob. The collector, the quotas and the storage statistics iterate over this list, so that
 * a new table with blobs needs its line here and nothing else. `test/blob-columns.test.ts` fails for a column that is
 * missing.
 */
export const BLOB_COLUMNS: readonly BlobColumn[] = [
  packageFileColumn,
  packageDocumentColumn,
  repositoryDocumentColumn,
  lfsObjectColumn,
  imageBlobColumn,
  imageManifestColumn,
];
