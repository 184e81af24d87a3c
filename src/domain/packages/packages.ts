import { conflict, notFound } from '../../lib/errors.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import type { PackageStatus } from '../../store/db/schema.ts';
import {
  deletePackageFilesNamed,
  findPackageFile,
  findPackageFileByNames,
  insertPackageFile,
  type PackageFileRow,
} from '../../store/tables/package-files.ts';
import {
  claimPackage,
  findPackageVersion,
  insertPackageVersion,
  type PackageRow,
  type PackageVersionRow,
} from '../../store/tables/packages.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { type Doer, userIdOf } from '../doer.ts';
import type { Project } from '../projects/projects.ts';
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
}

/** Who publishes or deletes, with the role that the rules of a project look at. */
export interface Publisher {
  by: Doer;
  level: number;
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

    /** The newest file of this name. @throws PosternError `not_found`. */
    async file(project: Project, address: PackageAddress, version: string, name: string): Promise<PackageFile> {
      const key = { projectId: project.id, type: address.type, nameKey: address.nameKey ?? address.name };
      const file = await findPackageFileByNames(db, key, version, name);
      if (!file) throw notFound('package file');
      return file;
    },

    /** The bytes of a file, lazily. */
    async open(file: PackageFile): Promise<Blob> {
      const blob = await blobs.open(file.sha256);
      if (!blob) throw new Error(`the blob of package file ${file.id} is not in the store`);
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
