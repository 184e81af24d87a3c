import { conflict, notFound } from '../../lib/errors.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import { deleteVersionProperties, insertVersionProperties } from '../../store/tables/indexed-properties.ts';
import { deletePackageDocuments } from '../../store/tables/package-documents.ts';
import { deletePackageFile, findPackageFileById, hasFiles } from '../../store/tables/package-files.ts';
import {
  deletePackageProperty,
  readPackageProperties,
  writePackageProperty,
} from '../../store/tables/package-properties.ts';
import {
  claimPackageById,
  deletePackage,
  deletePackageVersion,
  findPackageVersion,
  findPackageVersionById,
  hasVersions,
  type PackageRow,
  updateVersionMetadata,
} from '../../store/tables/packages.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';
import { type ContainedVersion, type Metadata, type PackageContents, readContents } from './contents.ts';
import type { PackageDocuments } from './documents.ts';
import { checkIndexed } from './indexed.ts';
import { packageAudit } from './package-audit.ts';
import type { AuditNote, DeletionHook, PackageTypes, PropertyChanges } from './package-behaviour.ts';
import { claimRepositories, repositoryKeysOf } from './repositories.ts';

/**
 * A version whose metadata has changed, with the one field that the audit log records: there may be very many versions.
 */
export interface MetadataChange {
  version: string;
  now: unknown;
}

interface MetadataWork {
  /** The field of the metadata that the audit log records. */
  field: string;
  /** Returns a function for each version that may change. A function that returns its argument changes nothing. */
  work(contents: PackageContents): Map<string, (metadata: Metadata) => Metadata>;
  /** The audit record of the versions that changed. */
  notes(changed: readonly MetadataChange[]): AuditNote[];
}

/** Versions to delete. */
interface Deletion {
  versions: readonly string[];
  /** With a revision: only while the package still has that revision. */
  revision?: number;
  /** In place of the hook of the type. */
  onDeleted?: DeletionHook;
}

/** Changes of published packages. Each is one transaction, after which the stale documents are rebuilt. */
export function createPackageChanges(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  audit: Audit,
  types: PackageTypes,
  documents: PackageDocuments,
) {
  /** Runs `work` with the row of the package locked. @param work returns whether the package was deleted. */
  const change = async (id: number, work: (trx: Db, found: PackageRow) => Promise<boolean>): Promise<void> => {
    const changed = await inTransaction(db, async (trx) => {
      const found = await claimPackageById(trx, id, clock());
      if (!found) throw notFound('package');
      const keys = await repositoryKeysOf(trx, types(found.type), id);
      const isGone = await work(trx, found);
      return { package: isGone ? null : found, repositories: await claimRepositories(trx, found, keys) };
    });
    documents.refresh(changed);
  };

  /** Deletes the package after its last version, or the documents and properties of deleted versions. */
  const afterDeletion = async (trx: Db, now: PackageRow, versions: readonly string[], hook?: DeletionHook) => {
    if (!(await hasVersions(trx, now.id))) {
      await deletePackage(trx, now.id);
      return { isGone: true, notes: [] };
    }
    // Stale documents are never served. These contain deleted data, and those of a deleted version are never rebuilt.
    await deletePackageDocuments(trx, now.id);
    const onDeleted = hook ?? types(now.type).onVersionsDeleted;
    if (!onDeleted) return { isGone: false, notes: [] };
    const left = {
      properties: await readPackageProperties(trx, now.id),
      hasVersion: async (version: string) => (await findPackageVersion(trx, now.id, version)) !== undefined,
      now: now.updated_at,
    };
    const { properties, notes } = await onDeleted(versions, left);
    await writeProperties(trx, now.id, properties);
    return { isGone: false, notes };
  };

  return {
    /**
     * Sets properties or, with null, deletes them. `work` decides on the package as it is now.
     * @throws PosternError `not_found`, what `confirm` throws, and what `work` throws. Nothing has
     * changed then.
     */
    properties: (
      project: Project,
      { id }: Pick<PackageRow, 'id'>,
      work: (contents: PackageContents) => PropertyChanges,
      { author: by, confirm }: Authorised,
    ): Promise<void> =>
      change(id, async (trx, now) => {
        await confirm(trx, named(now));
        const { properties, notes } = work(await readContents(trx, now));
        await writeProperties(trx, id, properties);
        for (const note of notes) await packageAudit(audit, trx, project, by).changed(now, note);
        return false;
      }),

    /**
     * Changes the metadata of versions, and their indexed properties with it.
     * @throws as `properties`.
     */
    metadata: (
      project: Project,
      { id }: Pick<PackageRow, 'id'>,
      { field, work, notes }: MetadataWork,
      { author: by, confirm }: Authorised,
    ): Promise<void> =>
      change(id, async (trx, now) => {
        await confirm(trx, named(now));
        const contents = await readContents(trx, now);
        const changes = work(contents);
        const touched = contents.versions.filter(({ version }) => changes.has(version));
        const changed: MetadataChange[] = [];
        for await (const [each, before] of contents.metadata(touched)) {
          const after = changes.get(each.version)?.(before) ?? before;
          if (after === before) continue;
          await writeMetadata(trx, now, each, after);
          changed.push({ version: each.version, now: after[field] });
        }
        for (const note of notes(changed)) await packageAudit(audit, trx, project, by).changed(now, note);
        return false;
      }),

    /**
     * Deletes versions with their files, and the package with its last version. The collector deletes the blobs later.
     * @throws PosternError `not_found` for a version that does not exist, what `confirm` throws,
     * `conflict`.
     */
    destroyVersions: (
      project: Project,
      { id }: Pick<PackageRow, 'id'>,
      { versions, revision, onDeleted }: Deletion,
      { author: by, confirm }: Authorised,
    ): Promise<void> =>
      change(id, async (trx, now) => {
        await confirm(trx, named(now));
        // The claim has incremented the revision.
        if (revision !== undefined && now.revision !== revision + 1) throw packageChanged();
        const record = packageAudit(audit, trx, project, by);
        for (const version of versions) {
          const row = await findPackageVersion(trx, id, version);
          if (!row) throw notFound('package version');
          await deletePackageVersion(trx, row.id);
          await record.versionDeleted(now, row);
        }
        const { isGone, notes } = await afterDeletion(trx, now, versions, onDeleted);
        for (const note of notes) await record.changed(now, note);
        return isGone;
      }),

    /**
     * Deletes one file. A version is deleted with its last file, because nothing can be installed from it, and the
     * package with its last version.
     * @throws PosternError `not_found`, or what `confirm` throws.
     */
    destroyFile: (
      project: Project,
      packageId: number,
      { versionId, fileId }: { versionId: number; fileId: number },
      { author: by, confirm }: Authorised,
    ): Promise<void> =>
      change(packageId, async (trx, now) => {
        await confirm(trx, named(now));
        const version = await findPackageVersionById(trx, now.id, versionId);
        const file = version && (await findPackageFileById(trx, version.id, fileId));
        if (!file) throw notFound('package file');
        await deletePackageFile(trx, file.id);
        const record = packageAudit(audit, trx, project, by);
        await record.fileDeleted(now, version, file);
        if (await hasFiles(trx, version.id)) return false;
        await deletePackageVersion(trx, version.id);
        await record.versionDeleted(now, version);
        const { isGone, notes } = await afterDeletion(trx, now, [version.version]);
        for (const note of notes) await record.changed(now, note);
        return isGone;
      }),
  };

  async function writeMetadata(trx: Db, { id, type }: PackageRow, version: ContainedVersion, after: Metadata) {
    await updateVersionMetadata(trx, version.id, JSON.stringify(after));
    const { versionProperties } = types(type);
    if (!versionProperties) return;
    await deleteVersionProperties(trx, version.id);
    await insertVersionProperties(trx, { id: version.id, package_id: id }, checkIndexed(versionProperties(after)));
  }
}

/** The changed resource, for the confirmation. */
const named = ({ type, name, name_key: key }: PackageRow) => ({ package: { type, name, key } });

async function writeProperties(trx: Db, packageId: number, properties: PropertyChanges['properties']): Promise<void> {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null) await deletePackageProperty(trx, packageId, name);
    else await writePackageProperty(trx, packageId, name, value);
  }
}

/** The client saw an older revision: versions that it leaves out may be versions that it did not see. */
export const packageChanged = () =>
  conflict('The package has changed since it was read: try again.', 'package revision');
