import { conflict, notFound } from '../../lib/errors.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import {
  deletePackageFile,
  findPackageFileById,
  hasFiles,
  type PackageFileRow,
} from '../../store/tables/package-files.ts';
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
  type PackageVersionRow,
  updateVersionMetadata,
} from '../../store/tables/packages.ts';
import type { Audit, AuditAction } from '../audit/audit.ts';
import type { AuditAuthor } from '../audit/author.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';
import type { ActorWithRole } from './actor-with-role.ts';
import { type Metadata, type PackageContents, readContents } from './contents.ts';
import type { DocumentMaker, PackageDocuments } from './documents.ts';
import { type FoldOf, rulesFor } from './rules.ts';
import { OF, TAG, TAGGED } from './tags.ts';

/** What the audit log tells of a change, beside who did it to which package. */
export interface AuditNote {
  action: AuditAction;
  details: Record<string, unknown>;
}

/**
 * A version about which something else is written now; of that only what is told: it may be long, and of very many
 * versions.
 */
export interface MetadataChange {
  version: string;
  now: unknown;
}

/** Changes to what is published already. Each is one transaction and leaves fresh documents. */
export function createPackageChanges(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  audit: Audit,
  documents: PackageDocuments,
  foldOf: FoldOf,
) {
  const rulesOf = (trx: Db, { project_id, type, name, name_key }: PackageRow) =>
    rulesFor(trx, project_id, type, { name, key: name_key, fold: foldOf(type) });

  /** The package with its row locked, and its documents made anew when `work` is done. */
  const claimed = async (
    id: number,
    maker: DocumentMaker | undefined,
    work: (trx: Db, found: PackageRow) => Promise<void>,
  ) => {
    const changed = await inTransaction(db, async (trx) => {
      const found = await claimPackageById(trx, id, clock());
      if (!found) throw notFound('package');
      await work(trx, found);
      return (await hasVersions(trx, id)) ? found : null;
    });
    if (maker && changed) documents.refresh(changed, maker);
  };

  return {
    /**
     * Sets or, with null, removes properties, as `work` decides on the package as it is.
     * @throws PosternError `not_found`, `forbidden` when the name is protected, and what `work` throws; nothing has
     * changed then.
     */
    properties: (
      project: Project,
      found: PackageRow,
      work: (contents: PackageContents) => { properties: Record<string, string | null>; told: AuditNote },
      { by, level }: ActorWithRole,
      documents?: DocumentMaker,
    ): Promise<void> =>
      claimed(found.id, documents, async (trx, now) => {
        (await rulesOf(trx, now)).checkPush(level);
        const { properties, told } = work(await readContents(trx, now));
        for (const [name, value] of Object.entries(properties)) {
          if (value === null) await deletePackageProperty(trx, now.id, name);
          else await writePackageProperty(trx, now.id, name, value);
        }
        await recordChange(audit, trx, project, now, told, by);
      }),

    /**
     * Changes what a type wrote about versions; `work` says of each that may change how, and what it leaves as it is it
     * gives back. `tell` says what the log tells of those that did change, by what `field` is for each now.
     * @throws as `properties`.
     */
    metadata: (
      project: Project,
      found: PackageRow,
      { field, work, tell }: MetadataWork,
      { by, level }: ActorWithRole,
      documents?: DocumentMaker,
    ): Promise<void> =>
      claimed(found.id, documents, async (trx, now) => {
        (await rulesOf(trx, now)).checkPush(level);
        const contents = await readContents(trx, now);
        const changes = work(contents);
        const touched = contents.versions.filter(({ version }) => changes.has(version));
        const changed: MetadataChange[] = [];
        for await (const [{ id, version }, before] of contents.metadata(touched)) {
          const after = changes.get(version)?.(before) ?? before;
          if (after === before) continue;
          await updateVersionMetadata(trx, id, JSON.stringify(after));
          changed.push({ version, now: after[field] });
        }
        for (const told of tell(changed)) await recordChange(audit, trx, project, now, told, by);
      }),

    /**
     * Deletes versions with their files; the package goes with the last of them. Their bytes are cleared away later.
     * @param gone with a revision: only if that is the package's still.
     * @throws PosternError `not_found` for a version that is not there, `forbidden` when the name is protected,
     * `conflict`.
     */
    destroyVersions: (
      project: Project,
      found: Pick<PackageRow, 'id'>,
      gone: Gone & { revision?: number },
      { by, level }: ActorWithRole,
      documents?: DocumentMaker,
    ): Promise<void> =>
      claimed(found.id, documents, async (trx, now) => {
        (await rulesOf(trx, now)).checkDelete(level);
        // Claiming it has counted its revision up by one.
        if (gone.revision !== undefined && now.revision !== gone.revision + 1) throw changedMeanwhile();
        for (const version of gone.versions) {
          const row = await findPackageVersion(trx, now.id, version);
          if (!row) throw notFound('package version');
          await deletePackageVersion(trx, row.id);
          await recordDeletion(audit, trx, project, now, row, by);
        }
        if (!(await hasVersions(trx, now.id))) return deletePackage(trx, now.id);
        for (const told of await clearOf(trx, now, gone)) await recordChange(audit, trx, project, now, told, by);
      }),

    /**
     * Deletes one file. A version goes with its last file, because nothing can be installed from it, and so does the
     * package with its last version.
     * @throws PosternError `not_found`, or `forbidden` when the name is protected.
     */
    destroyFile: (
      project: Project,
      packageId: number,
      { versionId, fileId }: { versionId: number; fileId: number },
      { by, level }: ActorWithRole,
    ): Promise<void> =>
      claimed(packageId, undefined, async (trx, now) => {
        (await rulesOf(trx, now)).checkDelete(level);
        const version = await findPackageVersionById(trx, now.id, versionId);
        const file = version && (await findPackageFileById(trx, version.id, fileId));
        if (!file) throw notFound('package file');
        await deletePackageFile(trx, file.id);
        await recordFileDeletion(audit, trx, project, now, version, file, by);
        if (await hasFiles(trx, version.id)) return;
        await deletePackageVersion(trx, version.id);
        await recordDeletion(audit, trx, project, now, version, by);
        if (!(await hasVersions(trx, now.id))) return deletePackage(trx, now.id);
        await clearOf(trx, now, { versions: [version.version] });
      }),
  };
}

/** Whoever asked knew the package as it was before: what they leave out may be what they have not seen. */
export const changedMeanwhile = () => conflict('The package has changed meanwhile: try again.', 'package revision');

/** Versions that go. */
interface Gone {
  versions: readonly string[];
  /** Where the tags that point to them point then; left out, or to what is not there: they go too. */
  tags?: ReadonlyMap<string, string>;
}

/**
 * Removes what is kept with a package and is of versions that are gone. A tag that stayed would come back with a
 * version of the same number, whatever that is published as; a README that stayed could be read on, and may be what
 * they were deleted for.
 * @returns which tags moved.
 */
async function clearOf(trx: Db, { id, updated_at }: PackageRow, { versions, tags }: Gone): Promise<AuditNote[]> {
  const moved: AuditNote[] = [];
  for (const [property, from] of await readPackageProperties(trx, id)) {
    if (!versions.includes(from)) continue;
    if (property.startsWith(OF)) {
      await deletePackageProperty(trx, id, property);
      await deletePackageProperty(trx, id, property.slice(OF.length));
    }
    if (!property.startsWith(TAG)) continue;
    const tag = property.slice(TAG.length);
    const to = tags?.get(tag);
    if (to !== undefined && (await findPackageVersion(trx, id, to))) {
      await writePackageProperty(trx, id, property, to);
      await writePackageProperty(trx, id, `${TAGGED}${tag}`, String(updated_at));
      moved.push({ action: 'package_registry_package_tag_set', details: { tag, from, to } });
    } else {
      await deletePackageProperty(trx, id, property);
      await deletePackageProperty(trx, id, `${TAGGED}${tag}`);
    }
  }
  return moved;
}

interface MetadataWork {
  field: string;
  work(contents: PackageContents): Map<string, (metadata: Metadata) => Metadata>;
  tell(changed: readonly MetadataChange[]): AuditNote[];
}

const recordChange = (
  audit: Audit,
  trx: Db,
  project: Project,
  { id, name, type }: PackageRow,
  { action, details }: AuditNote,
  by: AuditAuthor,
) =>
  audit.record(
    {
      action,
      by,
      entity: { kind: 'Project', id: project.id, path: project.full_path },
      target: { kind: 'Package', id, name },
      details: { type, ...details },
    },
    trx,
  );

const recordFileDeletion = (
  audit: Audit,
  trx: Db,
  project: Project,
  { name, type }: PackageRow,
  { version }: PackageVersionRow,
  file: PackageFileRow,
  by: AuditAuthor,
) =>
  audit.record(
    {
      action: 'package_registry_package_file_deleted',
      by,
      entity: { kind: 'Project', id: project.id, path: project.full_path },
      target: { kind: 'PackageFile', id: file.id, name: `${name}/${version}/${file.name}` },
      details: { type, sha256: file.sha256 },
    },
    trx,
  );

const recordDeletion = (
  audit: Audit,
  trx: Db,
  project: Project,
  { name, type }: PackageRow,
  { id, version }: { id: number; version: string },
  by: AuditAuthor,
) =>
  audit.record(
    {
      action: 'package_registry_package_deleted',
      by,
      entity: { kind: 'Project', id: project.id, path: project.full_path },
      target: { kind: 'Package', id, name: `${name}/${version}` },
      details: { type },
    },
    trx,
  );
