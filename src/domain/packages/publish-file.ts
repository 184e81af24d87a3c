import { conflict } from '../../lib/errors.ts';
import type { Db } from '../../store/db/database.ts';
import { insertFileProperties } from '../../store/tables/indexed-properties.ts';
import {
  deletePackageFilesNamed,
  findPackageFile,
  insertPackageFile,
  listFileNames,
  type PackageFileRow,
} from '../../store/tables/package-files.ts';
import type { PackageRow, PackageVersionRow } from '../../store/tables/packages.ts';
import type { Addition } from '../../store/tables/stored.ts';
import type { Metadata } from './contents.ts';
import { checkIndexed } from './indexed.ts';
import type { PackageBehaviour } from './package-behaviour.ts';
import type { StoredFile } from './upload.ts';

/**
 * The policy for an existing version or file.
 * - `reject_version`: the version must be new.
 * - `reject_file`: the version may exist, its file of this name must be new. The same bytes again succeed, and change
 *   nothing: a client repeats a request whose response it did not receive.
 * - `reject_file_unless_allowed`: the same, unless a rule of the project allows duplicates.
 * - `add_file`: the file is added; of several with one name the newest is served.
 * - `replace_file`: the file replaces the existing one.
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

export interface NewFile extends NamedFile {
  /** Metadata of this file alone, in addition to that of its version. */
  metadata?: Metadata;
  /** Files that belong to this one, have names of their own and are deleted with it: a signature. */
  children?: readonly NamedFile[];
}

/** The blobs of these files and of their children. */
export const additionsOf = (files: readonly NewFile[]): Addition[] =>
  files
    .flatMap((file) => [file, ...(file.children ?? [])])
    .map(({ stored: { sha256, size } }) => ({ store: 'files', name: sha256, size }));

/** @returns the rows of the file and of its children, and the keys of the repositories that it belongs to. */
export async function addFile(
  trx: Db,
  to: { package: PackageRow; version: PackageVersionRow },
  { name, stored, metadata, children = [] }: NewFile,
  { behaviour, policy, now }: { behaviour: PackageBehaviour; policy: ConflictPolicy; now: number },
): Promise<{ rows: PackageFileRow[]; repositoryKeys: string[] }> {
  const { id: version_id } = to.version;
  if (policy === 'replace_file') await deletePackageFilesNamed(trx, version_id, name);
  const file = await insertPackageFile(trx, {
    version_id,
    parent_id: null,
    name,
    ...stored,
    created_at: now,
    metadata: metadata === undefined ? null : JSON.stringify(metadata),
  });
  const properties = checkIndexed(behaviour.fileProperties?.(metadata ?? {}) ?? []);
  await insertFileProperties(trx, { fileId: file.id, projectId: to.package.project_id }, properties);
  const rows = [file];
  for (const child of children) {
    const row = { version_id, parent_id: file.id, name: child.name, ...child.stored, created_at: now };
    rows.push(await insertPackageFile(trx, row));
  }
  const repository = behaviour.documents?.repository;
  const isOfRepository = ([property]: readonly [string, string]) => property === repository?.property;
  const named = properties.filter(isOfRepository).map(([, value]) => value);
  return { rows, repositoryKeys: repository && repository.property === undefined ? [''] : named };
}

/** Rolls back a publication of files that are published already with the same bytes: a client repeats its request. */
export class Republished extends Error {
  override readonly name = 'Republished';
  readonly version: PackageVersionRow;
  readonly files: PackageFileRow[];

  constructor(version: PackageVersionRow, files: PackageFileRow[]) {
    super('the files are published already');
    this.version = version;
    this.files = files;
  }
}

/**
 * For the policy `reject_file`: checks that no file of the version has one of these names.
 * @throws Republished when all files are published already with the same bytes, else PosternError `conflict`.
 */
export async function rejectTaken(
  trx: Db,
  { version, isStatusChanged }: { version: PackageVersionRow; isStatusChanged: boolean },
  files: readonly NewFile[],
  fileKey: PackageBehaviour['fileKey'],
): Promise<void> {
  const same: PackageFileRow[] = [];
  let isTaken = false;
  for (const file of files) {
    const existing = await findPackageFile(trx, version.id, file.name);
    isTaken ||= existing !== undefined || (await isKeyTaken(trx, version.id, file.name, fileKey));
    if (existing && (await isSame(trx, existing, file))) same.push(existing);
  }
  if (!isTaken) return;
  if (same.length === files.length && !isStatusChanged) throw new Republished(version, same);
  throw conflict('Duplicate package is not allowed');
}

/** Whether a published file has the bytes of this one, and all of its child files with the same bytes. */
async function isSame(trx: Db, existing: PackageFileRow, { stored, children = [] }: NewFile): Promise<boolean> {
  if (existing.parent_id !== null || existing.sha256 !== stored.sha256) return false;
  for (const child of children) {
    const found = await findPackageFile(trx, existing.version_id, child.name);
    if (found?.parent_id !== existing.id || found.sha256 !== child.stored.sha256) return false;
  }
  return true;
}

async function isKeyTaken(
  trx: Db,
  versionId: number,
  name: string,
  fileKey: PackageBehaviour['fileKey'],
): Promise<boolean> {
  if (!fileKey) return false;
  return (await listFileNames(trx, versionId)).some((existing) => fileKey(existing) === fileKey(name));
}
