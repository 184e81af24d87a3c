import type { StoredBytes } from '../../lib/stored-bytes.ts';
import { readPackageProperties } from '../../store/tables/package-properties.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import type { Package } from './address.ts';
import { createPackageChanges } from './changes.ts';
import { type PackageContents, readContents } from './contents.ts';
import { createPackageDocuments } from './documents.ts';
import { createDownloadLog } from './download-log.ts';
import { createPackageListing } from './listing.ts';
import type { PackageTypes } from './package-behaviour.ts';
import { createPackageMetadata } from './package-metadata.ts';
import { createPublish } from './publish.ts';
import { createReceiving } from './receiving.ts';
import { createPackageRules } from './rules.ts';
import { createPackageSearch } from './search.ts';
import type { StoredFile } from './upload.ts';

export type Packages = ReturnType<typeof createPackages>;

/**
 * Packages of all types: one model, in which the protocol of a type finds what it has written.
 * @param baseUrl the public URL that links in documents begin with.
 */
export function createPackages(deps: Deps, audit: Audit, types: PackageTypes, baseUrl: () => string) {
  const { db, blobs } = deps;
  const downloads = createDownloadLog(deps);
  const documents = createPackageDocuments(deps, types, baseUrl);
  return {
    ...createPackageSearch(db, types, downloads),
    rules: createPackageRules(deps, audit, types),
    listing: createPackageListing(deps, types),
    /** When versions were last downloaded. */
    downloads,

    /** Receives files, and deletes them when the publication is refused. */
    receiving: createReceiving(deps),

    publish: createPublish(deps, audit, types, documents),
    /** Sets properties of a name that need not have versions. */
    setProperties: createPackageMetadata(deps, audit, types, documents),

    contents: (found: Package): Promise<PackageContents> => readContents(db, found),

    /** The properties of a package, by name. Its versions are not read. */
    properties: ({ id }: Package): Promise<ReadonlyMap<string, string>> => readPackageProperties(db, id),

    documents,

    change: createPackageChanges(deps, audit, types, documents),

    /** The bytes of a file, or of a received body that belongs to no package yet; read lazily. */
    async open({ sha256, size }: Pick<StoredFile, 'sha256' | 'size'>): Promise<StoredBytes> {
      const blob = await blobs.open(sha256, size);
      if (!blob) throw new Error(`the blob ${sha256} of a package file is not in the store`);
      return blob;
    },
  };
}
