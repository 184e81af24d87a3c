import { defined } from '../../lib/defined.ts';
import { conflict, unavailable } from '../../lib/errors.ts';
import type { BlobStore } from '../../store/blobs/blob-store.ts';
import type { Db } from '../../store/db/database.ts';
import type { PackageStatus } from '../../store/db/packages-schema.ts';
import { type IndexedProperty, insertVersionProperties } from '../../store/tables/indexed-properties.ts';
import type { PackageFileRow } from '../../store/tables/package-files.ts';
import { writePackageProperty } from '../../store/tables/package-properties.ts';
import type { PackageRepositoryRow } from '../../store/tables/package-repositories.ts';
import {
  claimPackage,
  findPackageVersion,
  findPackageVersionAmong,
  findPackageVersionStarting,
  insertPackageVersion,
  type PackageRow,
  type PackageVersionRow,
  updateVersionStatus,
} from '../../store/tables/packages.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import { pinBlobs } from '../collection/pin-blobs.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';
import { inQuotaTransaction } from '../quota/quota-transaction.ts';
import type { PackageAddress } from './address.ts';
import type { Metadata } from './contents.ts';
import type { PackageDocuments } from './documents.ts';
import { checkIndexed } from './indexed.ts';
import { packageAudit } from './package-audit.ts';
import { nameKeyOf, type PackageBehaviour, type PackageTypes } from './package-behaviour.ts';
import { addFile, additionsOf, type ConflictPolicy, type NewFile, Republished, rejectTaken } from './publish-file.ts';
import { claimRepositories, repositoryKeysOf } from './repositories.ts';
import { duplicatesFor } from './rules.ts';

export interface Publication extends PackageAddress {
  version: string;
  onConflict: ConflictPolicy;
  files: readonly NewFile[];
  /** Left out: unchanged, and `default` for a new version. */
  status?: PackageStatus;
  /** For a new version. */
  metadata?: Metadata;
  /** Sets properties of the package. */
  properties?: Readonly<Record<string, string>>;
}

export interface Published {
  version: PackageVersionRow;
  files: PackageFileRow[];
  /** The files were published already, with the same bytes: nothing has changed. */
  isRepeated: boolean;
}

interface Written extends Omit<Published, 'isRepeated'> {
  package: PackageRow;
  repositories: PackageRepositoryRow[];
  /** Whether the documents of the package were written in the same transaction. */
  documented: boolean;
}

/** The only way to publish, for packages of all types. */
export function createPublish(
  { db, blobs, clock }: Pick<Deps, 'db' | 'blobs' | 'clock'>,
  audit: Audit,
  types: PackageTypes,
  documents: PackageDocuments,
) {
  const write = (
    project: Project,
    publication: Publication,
    { author: by, userId, confirm }: Authorised,
  ): Promise<Written> =>
    inQuotaTransaction(db, project, async (trx, reserveQuota) => {
      await pinFiles(trx, blobs, publication.files);
      const { type, name, properties = {} } = publication;
      const behaviour = types(type);
      const key = nameKeyOf(types, publication);
      const found = await claimPackage(trx, { project_id: project.id, type, name, name_key: key }, clock());
      // After the lock of the package: a revocation during the wait for it must win, and rolls back.
      await confirm(trx, { package: { type, name, key } });
      const opened = await openVersion(trx, found, publication, behaviour, { creatorId: userId, now: clock() });
      const { version } = opened;
      const policy = await policyUnderRules(trx, found, publication, behaviour);
      const isReplaced = policy === 'replace_file' || opened.isStatusChanged;
      const keys = isReplaced && found.revision > 1 ? await repositoryKeysOf(trx, behaviour, found.id) : [];
      const mayBeTaken = policy === 'reject_file' && found.revision > 1;
      if (mayBeTaken) await rejectTaken(trx, opened, publication.files, behaviour.fileKey);
      await reserveQuota(additionsOf(publication.files));
      const written: PackageFileRow[] = [];
      for (const file of publication.files) {
        const added = await addFile(trx, { package: found, version }, file, { behaviour, policy, now: clock() });
        written.push(...added.rows);
        keys.push(...added.repositoryKeys);
      }
      const files = written.filter((row) => row.parent_id === null);
      for (const [property, value] of Object.entries(properties))
        await writePackageProperty(trx, found.id, property, value);
      await packageAudit(audit, trx, project, by).published(found, version, files);
      const isNew = found.revision === 1;
      const { indexed } = opened;
      const documented =
        isNew && (await documents.writeFirst(trx, found, version, { properties, indexed, files: written }));
      return { package: found, version, files, documented, repositories: await claimRepositories(trx, found, keys) };
    });

  /**
   * Publishes files under a version, all or nothing, and rebuilds the documents of the package and of its repositories.
   * Where a file must be new, the same bytes under the same name succeed and change nothing.
   * @throws PosternError `conflict` by the conflict policy, what `confirm` throws, `over_quota`,
   * `unavailable` when the files were deleted because the publication came too long after they were received. Nothing
   * has changed then.
   */
  return async (project: Project, publication: Publication, by: Authorised): Promise<Published> => {
    try {
      const { documented, repositories, package: found, ...published } = await write(project, publication, by);
      documents.refresh({ package: documented ? null : found, repositories });
      return { ...published, isRepeated: false };
    } catch (error) {
      if (error instanceof Republished) return { version: error.version, files: error.files, isRepeated: true };
      throw error;
    }
  };
}

/** The conflict policy of a type, after the rules of the project. */
async function policyUnderRules(
  trx: Db,
  { project_id, type, name_key: key }: PackageRow,
  { name, onConflict: policy }: Publication,
  { foldName: fold }: PackageBehaviour,
): Promise<ConflictPolicy> {
  if (policy === 'reject_version') return policy;
  const duplicates = await duplicatesFor(trx, project_id, type, { name, key, ...defined({ fold }) });
  if (duplicates === 'forbidden') return 'reject_file';
  if (policy !== 'reject_file_unless_allowed') return policy;
  return duplicates === 'allowed' ? 'add_file' : 'reject_file';
}

async function pinFiles(trx: Db, blobs: BlobStore, files: Publication['files']): Promise<void> {
  const missing = await pinBlobs(
    trx,
    blobs,
    additionsOf(files).map(({ name }) => name),
  );
  if (missing.length > 0) throw unavailable('The files were deleted before they were published; send them again.', 1);
}

interface OpenedVersion {
  version: PackageVersionRow;
  /** Indexed properties of a new version. */
  indexed: readonly IndexedProperty[];
  /** The version existed and is listed from now on, or hidden. */
  isStatusChanged: boolean;
}

async function openVersion(
  trx: Db,
  found: PackageRow,
  { version, status, metadata = {}, onConflict }: Publication,
  behaviour: PackageBehaviour,
  { creatorId, now }: { creatorId: number | null; now: number },
): Promise<OpenedVersion> {
  const existing = await findExisting(trx, found, version, behaviour);
  if (existing && onConflict === 'reject_version') throw conflict('Package already exists.');
  if (existing) {
    const isStatusChanged = status !== undefined && status !== existing.status;
    if (isStatusChanged) await updateVersionStatus(trx, existing.id, status);
    return { version: isStatusChanged ? { ...existing, status } : existing, indexed: [], isStatusChanged };
  }
  const inserted = await insertPackageVersion(trx, {
    package_id: found.id,
    version,
    status: status ?? 'default',
    metadata: JSON.stringify(metadata),
    creator_id: creatorId,
    created_at: now,
  });
  const indexed = checkIndexed(behaviour.versionProperties?.(metadata) ?? []);
  await insertVersionProperties(trx, inserted, indexed);
  return { version: inserted, indexed, isStatusChanged: false };
}

/** The version of a package, in any way to write it. */
async function findExisting(
  trx: Db,
  { id, revision }: PackageRow,
  version: string,
  { versionSpellings, buildMark }: PackageBehaviour,
): Promise<PackageVersionRow | undefined> {
  // A package that has just been created has no versions.
  if (revision === 1) return undefined;
  const exact = await findPackageVersion(trx, id, version);
  if (exact) return exact;
  if (versionSpellings) return findPackageVersionAmong(trx, id, versionSpellings(version));
  return buildMark === undefined ? undefined : findPackageVersionStarting(trx, id, `${version}${buildMark}`);
}
