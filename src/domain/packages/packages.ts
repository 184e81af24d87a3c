import type { StoredBytes } from '../../lib/stored-bytes.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';
import type { Package } from './address.ts';
import { createPackageChanges } from './changes.ts';
import { type PackageContents, readContents } from './contents.ts';
import { createPackageDocuments, type DocumentMaker, type PackageDocument } from './documents.ts';
import { createDownloadLog } from './download-log.ts';
import { createPackageListing } from './listing.ts';
import { createMergedDocuments } from './merged-documents.ts';
import { createPackageMetadata } from './package-metadata.ts';
import { createPublish } from './publish.ts';
import { createPackageRules, type FoldOf } from './rules.ts';
import { createPackageSearch } from './search.ts';
import { type StoredFile, storeUpload, type UploadLimits } from './upload.ts';

export type Packages = ReturnType<typeof createPackages>;

/** Packages of all types: one model, in which a type's own protocol finds what it wrote. */
export function createPackages({ db, blobs, clock, report }: Deps, audit: Audit, foldOf: FoldOf) {
  const downloads = createDownloadLog({ db, clock, report });
  const documents = createPackageDocuments({ db, blobs, report });
  const merged = createMergedDocuments({ db });
  return {
    ...createPackageSearch(db, downloads),
    rules: createPackageRules({ db, clock }, audit),
    listing: createPackageListing({ db }),
    /** When versions were last downloaded. */
    downloads,

    /**
     * Takes a body into a project, before anything is said about what there it belongs to. @throws as `storeUpload`.
     */
    receive: (project: Project, body: AsyncIterable<Uint8Array>, limits: UploadLimits): Promise<StoredFile> =>
      storeUpload({ db, blobs }, project, body, limits),

    publish: createPublish({ db, blobs, clock }, audit, documents),
    /** Keeps properties under a name that need not have a version. */
    note: createPackageMetadata({ db, clock }, audit),

    contents: (found: Package): Promise<PackageContents> => readContents(db, found),

    document: documents.read,

    /** A document of all packages of a name that were found, the one that was changed last first. */
    async documentOf(
      [first, ...others]: readonly [Package, ...Package[]],
      kind: string,
      maker: DocumentMaker,
    ): Promise<PackageDocument> {
      return others.length === 0 ? documents.read(first, kind, maker) : merged([first, ...others], kind, maker);
    },

    /** Resolves when the documents of what was changed by now are made. */
    settled: documents.settled,

    change: createPackageChanges({ db, clock }, audit, documents, foldOf),

    /** The bytes of a file, or of what was received and belongs to no package yet; lazily. */
    async open({ sha256, size }: Pick<StoredFile, 'sha256' | 'size'>): Promise<StoredBytes> {
      const blob = await blobs.open(sha256, size);
      if (!blob) throw new Error(`the blob ${sha256} of a package file is not in the store`);
      return blob;
    },
  };
}
