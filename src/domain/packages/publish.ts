import { defined } from '../../lib/defined.ts';
import { conflict, unavailable } from '../../lib/errors.ts';
import type { BlobStore } from '../../store/blobs/blob-store.ts';
import type { Db } from '../../store/db/database.ts';
import type { PackageStatus } from '../../store/db/schema.ts';
import {
  deletePackageFilesNamed,
  findPackageFile,
  insertPackageFile,
  listFileNames,
  type PackageFileRow,
} from '../../store/tables/package-files.ts';
import { writePackageProperty } from '../../store/tables/package-properties.ts';
import {
  claimPackage,
  findPackageVersion,
  findPackageVersionAmong,
  insertPackageVersion,
  type PackageRow,
  type PackageVersionRow,
  updateVersionStatus,
} from '../../store/tables/packages.ts';
import type { Addition } from '../../store/tables/stored.ts';
import type { Audit } from '../audit/audit.ts';
import { type AuditAuthor, userIdOf } from '../audit/author.ts';
import { pinBlobs } from '../collection/pin-blobs.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';
import { inQuotaTransaction } from '../quota/quota-transaction.ts';
import type { ActorWithRole } from './actor-with-role.ts';
import type { PackageAddress } from './address.ts';
import type { Metadata } from './contents.ts';
import type { DocumentMaker, PackageDocuments } from './documents.ts';
import { rulesFor } from './rules.ts';
import type { StoredFile } from './upload.ts';

/**
 * What happens to what is there already.
 * - `reject_version`: the version must be new.
 * - `reject_file`: the version may be there, its file of this name must be new.
 * - `reject_file_unless_allowed`: the same, until a rule of the project allows duplicates.
 * - `add_file`: the file is added; of several with one name the newest is served.
 * - `replace_file`: the file takes the place of the one that was there.
 */
export type ConflictPolicy =
  | 'reject_version'
  | 'reject_file'
  | 'reject_file_unless_allowed'
  | 'add_file'
  | 'replace_file';

interface NamedFile {
  name: string;
  stored: StoredFile;
}

interface NewFile extends NamedFile {
  /** What the type keeps with it, beside what it keeps with the version. */
  metadata?: Metadata;
  /** What was made of it or belongs to it, is fetched by names of its own, and goes with it: a signature. */
  children?: readonly NamedFile[];
}

export interface Publication extends PackageAddress {
  version: string;
  /** Other ways to write the version: one that is there by any of them is meant. */
  spellings?: readonly string[];
  /** What tells the files of one version apart; left out: their names. */
  fileKey?: (name: string) => string;
  /** How the type brings a name, or a pattern of names, to the form of `nameKey`. */
  foldName?: (name: string) => string;
  onConflict: ConflictPolicy;
  files: readonly NewFile[];
  /** Left out: as it is, and `default` for a version that is new. */
  status?: PackageStatus;
  /** For a version that is new. */
  metadata?: Metadata;
  /** Sets properties of the package. */
  properties?: Readonly<Record<string, string>>;
  /** Makes the documents that clients read. */
  documents?: DocumentMaker;
}

export interface Published {
  package: PackageRow;
  version: PackageVersionRow;
  files: PackageFileRow[];
}

/** The one way in which packages of all types come into being. */
export function createPublish(
  { db, blobs, clock }: Pick<Deps, 'db' | 'blobs' | 'clock'>,
  audit: Audit,
  documents: PackageDocuments,
) {
  /** @returns besides: whether the documents were written with it. */
  const write = (
    project: Project,
    publication: Publication,
    { by, level }: ActorWithRole,
  ): Promise<Published & { documented: boolean }> =>
    inQuotaTransaction(db, project, async (trx, takeRoom) => {
      await holdFiles(trx, blobs, publication.files);
      const { type, name, nameKey = name, foldName } = publication;
      const rules = await rulesFor(trx, project.id, type, {
        name,
        key: nameKey,
        ...defined({ fold: foldName }),
      });
      rules.checkPush(level);
      const found = await claimPackage(trx, { project_id: project.id, type, name, name_key: nameKey }, clock());
      const version = await openVersion(trx, found, publication, by, clock());
      const policy = policyUnder(rules.duplicates, publication.onConflict);
      await takeRoom(additionsOf(publication.files));
      const { properties = {}, documents: maker } = publication;
      const rows: PackageFileRow[] = [];
      for (const file of publication.files)
        rows.push(...(await addFile(trx, version, file, { ...publication, policy, now: clock() })));
      const files = rows.filter((row) => row.parent_id === null);
      for (const [key, value] of Object.entries(properties)) await writePackageProperty(trx, found.id, key, value);
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
      const isNew = found.revision === 1;
      const documented =
        isNew && maker ? await documents.writeFirst(trx, found, version, { properties, files: rows }, maker) : false;
      return { package: found, version, files, documented };
    });

  /**
   * Publishes files under a version, all or nothing, and makes the documents that tell of it.
   * @throws PosternError `conflict` by its policy, `forbidden` when the name is protected, `over_quota`, `unavailable`
   * when it came so long after its files that they were cleared away; nothing has changed then.
   */
  return async (project: Project, publication: Publication, publisher: ActorWithRole): Promise<Published> => {
    const { documented, ...published } = await write(project, publication, publisher);
    if (publication.documents && !documented) documents.refresh(published.package, publication.documents);
    return published;
  };
}

/** What a type wants, as the rules of a project have it. */
function policyUnder(duplicates: 'allowed' | 'forbidden' | null, policy: ConflictPolicy): ConflictPolicy {
  if (policy === 'reject_version') return policy;
  if (duplicates === 'forbidden') return 'reject_file';
  if (policy !== 'reject_file_unless_allowed') return policy;
  return duplicates === 'allowed' ? 'add_file' : 'reject_file';
}

/** What lies in the store for these files and what belongs to them. */
const additionsOf = (files: Publication['files']): Addition[] =>
  files
    .flatMap((file) => [file, ...(file.children ?? [])])
    .map(({ stored: { sha256, size } }) => ({ kind: 'file', name: sha256, size }));

async function holdFiles(trx: Db, blobs: BlobStore, files: Publication['files']): Promise<void> {
  const missing = await pinBlobs(
    trx,
    blobs,
    additionsOf(files).map(({ name }) => name),
  );
  if (missing.length > 0)
    throw unavailable('The files were cleared away before they were published; send them again.', 1);
}

async function openVersion(
  trx: Db,
  { id, revision }: PackageRow,
  { version, spellings = [], status, metadata = {}, onConflict }: Publication,
  by: AuditAuthor,
  now: number,
): Promise<PackageVersionRow> {
  // A package that was made just now has none.
  const there =
    revision === 1
      ? undefined
      : ((await findPackageVersion(trx, id, version)) ?? (await findPackageVersionAmong(trx, id, spellings)));
  if (there && onConflict === 'reject_version') throw conflict('Package already exists.');
  if (there) {
    if (status === undefined || status === there.status) return there;
    await updateVersionStatus(trx, there.id, status);
    return { ...there, status };
  }
  return insertPackageVersion(trx, {
    package_id: id,
    version,
    status: status ?? 'default',
    metadata: JSON.stringify(metadata),
    creator_id: userIdOf(by),
    created_at: now,
  });
}

/** @returns its row, and those of what belongs to it. */
async function addFile(
  trx: Db,
  version: PackageVersionRow,
  { name, stored, metadata, children = [] }: NewFile,
  { policy, fileKey, now }: Pick<Publication, 'fileKey'> & { policy: ConflictPolicy; now: number },
): Promise<PackageFileRow[]> {
  if (policy === 'reject_file' && (await isTaken(trx, version.id, name, fileKey)))
    throw conflict('Duplicate package is not allowed');
  if (policy === 'replace_file') await deletePackageFilesNamed(trx, version.id, name);
  const file = await insertPackageFile(trx, {
    version_id: version.id,
    parent_id: null,
    name,
    ...stored,
    created_at: now,
    metadata: metadata === undefined ? null : JSON.stringify(metadata),
  });
  const rows = [file];
  for (const child of children) {
    const row = { version_id: version.id, parent_id: file.id, name: child.name, ...child.stored, created_at: now };
    rows.push(await insertPackageFile(trx, row));
  }
  return rows;
}

async function isTaken(trx: Db, versionId: number, name: string, fileKey: Publication['fileKey']): Promise<boolean> {
  if (await findPackageFile(trx, versionId, name)) return true;
  if (!fileKey) return false;
  return (await listFileNames(trx, versionId)).some((there) => fileKey(there) === fileKey(name));
}
