import { notFound } from '../../lib/errors.ts';
import type { StoredBytes } from '../../lib/stored-bytes.ts';
import { findNamespaceByPath } from '../../store/tables/namespaces.ts';
import { findPackageFileByNames, type PackageFileRow } from '../../store/tables/package-files.ts';
import {
  findPackage,
  listPackagesBelow,
  type PackageRow,
  type PackageVersionRow,
  searchPackages,
} from '../../store/tables/packages.ts';
import { pathKey } from '../../store/tables/routes.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';
import { createPackageChanges } from './changes.ts';
import { type PackageContents, readContents } from './contents.ts';
import { type DocumentMaker, type PackageDocument, readDocument } from './documents.ts';
import { createDownloadLog } from './download-log.ts';
import { createPackageListing } from './listing.ts';
import { createPublish } from './publish.ts';
import { createPackageRules } from './rules.ts';
import { type StoredFile, storeUpload, type UploadLimits } from './upload.ts';

export type Package = PackageRow;
export type PackageVersion = PackageVersionRow;
export type PackageFile = PackageFileRow;

/** Which package, by the names that addresses have. */
export interface PackageAddress {
  type: string;
  name: string;
  /** What its type compares names by; left out: the name itself. */
  nameKey?: string;
}

export type Packages = ReturnType<typeof createPackages>;

/** Packages of all types: one model, in which a type's own room finds what it wrote. */
export function createPackages({ db, blobs, clock, report }: Deps, audit: Audit) {
  const downloads = createDownloadLog({ db, clock, report });
  return {
    rules: createPackageRules({ db, clock }, audit),
    listing: createPackageListing({ db }),
    /** When versions were last downloaded. */
    downloads,

    /** Takes a body in, before anything is said about what it belongs to. @throws as `storeUpload`. */
    receive: (body: AsyncIterable<Uint8Array>, limits: UploadLimits): Promise<StoredFile> =>
      storeUpload(blobs, body, limits),

    publish: createPublish({ db, clock }, audit),

    /** A package of a project. @throws PosternError `not_found`. */
    async find(project: Project, { type, name, nameKey = name }: PackageAddress): Promise<Package> {
      const found = await findPackage(db, { projectId: project.id, type, nameKey });
      if (!found) throw notFound('package');
      return found;
    },

    /** The packages of this name in a namespace and all below it, the one that was changed last first. */
    below: (lineage: string, { type, name, nameKey = name }: PackageAddress): Promise<Package[]> =>
      listPackagesBelow(db, lineage, type, nameKey),

    /** The same for a namespace that is named by its path. */
    async belowPath(path: string, address: PackageAddress): Promise<Package[]> {
      const namespace = await findNamespaceByPath(db, pathKey(path));
      return namespace ? this.below(namespace.lineage, address) : [];
    },

    /** The packages of a project, or of a namespace and all below it, whose names hold a text. */
    search: (where: { lineage: string } | { projectId: number }, type: string, text: string, limit: number) =>
      searchPackages(db, where, type, text, limit),

    contents: (found: Package): Promise<PackageContents> => readContents(db, found),

    document: (found: Package, kind: string, maker: DocumentMaker): Promise<PackageDocument> =>
      readDocument(db, found, kind, maker),

    change: createPackageChanges({ db, clock }, audit),

    /** The newest file of this name, to be downloaded. @throws PosternError `not_found`. */
    async file(project: Project, address: PackageAddress, version: string, name: string): Promise<PackageFile> {
      const key = { projectId: project.id, type: address.type, nameKey: address.nameKey ?? address.name };
      const file = await findPackageFileByNames(db, key, version, name);
      if (!file) throw notFound('package file');
      downloads.note(file.version_id);
      return file;
    },

    /** The bytes of a file, or of what was received and belongs to no package yet; lazily. */
    async open({ sha256, size }: Pick<StoredFile, 'sha256' | 'size'>): Promise<StoredBytes> {
      const blob = await blobs.open(sha256, size);
      if (!blob) throw new Error(`the blob ${sha256} of a package file is not in the store`);
      return blob;
    },
  };
}
