import { conflict, notFound } from '../../lib/errors.ts';
import type { StoredBytes } from '../../lib/stored-bytes.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import type { PackageStatus } from '../../store/db/schema.ts';
import { findNamespaceByPath } from '../../store/tables/namespaces.ts';
import {
  deletePackageFilesNamed,
  findPackageFile,
  findPackageFileByNames,
  insertPackageFile,
  type PackageFileRow,
} from '../../store/tables/package-files.ts';
import { writePackageProperty } from '../../store/tables/package-properties.ts';
import {
  claimPackage,
  findPackage,
  findPackageVersion,
  insertPackageVersion,
  listPackagesBelow,
  type PackageRow,
  type PackageVersionRow,
  searchPackages,
} from '../../store/tables/packages.ts';
import { pathKey } from '../../store/tables/routes.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { type Doer, userIdOf } from '../doer.ts';
import type { Project } from '../projects/projects.ts';
import { createPackageChanges } from './changes.ts';
import { type PackageContents, readContents } from './contents.ts';
import { type DocumentMaker, makeDocuments, type PackageDocument, readDocument } from './documents.ts';
import type { Publisher } from './publisher.ts';
import { createPackageRules, rulesFor } from './rules.ts';
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

/**
 * What happens to what is there already.
 * - `reject_version`: the version must be new.
 * - `reject_file`: the version may be there, its file of this name must be new.
 * - `add_file`: the file is added; of several with one name the newest is served.
 * - `replace_file`: the file takes the place of the one that was there.
 */
export type ConflictPolicy = 'reject_version' | 'reject_file' | 'add_file' | 'replace_file';

export interface Publication extends PackageAddress {
  version: string;
  onConflict: ConflictPolicy;
  files: readonly { name: string; stored: StoredFile }[];
  /** For a version that is new. */
  status?: PackageStatus;
  metadata?: Record<string, unknown>;
  /** Changes properties of the package, as it is with the new version in it. */
  properties?: (contents: PackageContents) => Record<string, string>;
  /** Makes the documents that clients read. */
  documents?: DocumentMaker;
}

export interface Published {
  package: Package;
  version: PackageVersion;
  files: PackageFile[];
}

export type Packages = ReturnType<typeof createPackages>;

/** Packages of all types: one model, in which a type's own room finds what it wrote. */
export function createPackages({ db, blobs, clock }: Deps, audit: Audit) {
  return {
    rules: createPackageRules({ db, clock }),

    /** Takes a body in, before anything is said about what it belongs to. @throws as `storeUpload`. */
    receive: (body: AsyncIterable<Uint8Array>, limits: UploadLimits): Promise<StoredFile> =>
      storeUpload(blobs, body, limits),

    /**
     * Publishes files under a version, all or nothing.
     * @throws PosternError `conflict` by its policy, `forbidden` when the name is protected; nothing has changed then.
     */
    async publish(project: Project, publication: Publication, { by, level }: Publisher): Promise<Published> {
      return inTransaction(db, async (trx) => {
        const { type, name, nameKey = name } = publication;
        const rules = await rulesFor(trx, project.id, type, name);
        rules.checkPush(level);
        const found = await claimPackage(trx, { project_id: project.id, type, name, name_key: nameKey }, clock());
        const version = await openVersion(trx, found, publication, by, clock());
        const policy = rules.duplicates === 'forbidden' ? strict(publication.onConflict) : publication.onConflict;
        const files: PackageFile[] = [];
        for (const file of publication.files) files.push(await addFile(trx, version, file, policy, clock()));
        const properties = publication.properties?.(await readContents(trx, found)) ?? {};
        for (const [key, value] of Object.entries(properties)) await writePackageProperty(trx, found.id, key, value);
        if (publication.documents) await makeDocuments(trx, found, publication.documents);
        await audit.record(
          {
            action: 'package_registry_package_published',
            by,
            entity: { kind: 'Project', id: project.id, path: project.full_path },
            target: { kind: 'Package', id: version.id, name: `${name}/${version.version}` },
            details: { type, files: files.map((file) => ({ name: file.name, sha256: file.sha256 })) },
          },
          trx,
        );
        return { package: found, version, files };
      });
    },

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

    /** The newest file of this name. @throws PosternError `not_found`. */
    async file(project: Project, address: PackageAddress, version: string, name: string): Promise<PackageFile> {
      const key = { projectId: project.id, type: address.type, nameKey: address.nameKey ?? address.name };
      const file = await findPackageFileByNames(db, key, version, name);
      if (!file) throw notFound('package file');
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

const strict = (policy: ConflictPolicy): ConflictPolicy =>
  policy === 'reject_version' ? 'reject_version' : 'reject_file';

async function openVersion(
  trx: Db,
  { id }: Package,
  { version, status = 'default', metadata = {}, onConflict }: Publication,
  by: Doer,
  now: number,
): Promise<PackageVersion> {
  const there = await findPackageVersion(trx, id, version);
  if (there && onConflict === 'reject_version') throw conflict('Package already exists.');
  if (there) return there;
  return insertPackageVersion(trx, {
    package_id: id,
    version,
    status,
    metadata: JSON.stringify(metadata),
    creator_id: userIdOf(by),
    created_at: now,
  });
}

async function addFile(
  trx: Db,
  version: PackageVersion,
  { name, stored }: Publication['files'][number],
  policy: ConflictPolicy,
  now: number,
): Promise<PackageFile> {
  if (policy === 'reject_file' && (await findPackageFile(trx, version.id, name))) {
    throw conflict('Duplicate package is not allowed');
  }
  if (policy === 'replace_file') await deletePackageFilesNamed(trx, version.id, name);
  return insertPackageFile(trx, { version_id: version.id, name, ...stored, created_at: now });
}
