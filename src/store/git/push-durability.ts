import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '../../lib/code-of.ts';
import { syncFolder } from '../sync.ts';

/** Waits until the names in a folder are on the disk. */
export type SyncFolder = (path: string) => Promise<void>;

/** How many folders are synced at once: the file system writes them in one step of its journal. */
const CONCURRENT_SYNCS = 8;

/**
 * The folders that the objects of a push are moved to when git accepts it. Until then they are in a quarantine, which
 * has the same folders below it.
 * @param quarantine the path of the quarantine, as git gives it to its hooks; empty for a push without objects.
 */
export async function foldersOfObjects(repository: string, quarantine: string): Promise<string[]> {
  if (quarantine === '') return [];
  const objects = join(repository, 'objects');
  const within = join(objects, basename(quarantine));
  const names = await foldersIn(within);
  // Git makes a folder of packs for each push.
  const unused = names.includes('pack') && (await readdir(join(within, 'pack'))).length === 0 ? 'pack' : null;
  return [...names.filter((name) => name !== unused).map((name) => join(objects, name)), objects];
}

/** All folders of objects: where nobody knows which of them a push has changed. */
export async function foldersOfAllObjects(repository: string): Promise<string[]> {
  const objects = join(repository, 'objects');
  return [...(await foldersIn(objects)).map((name) => join(objects, name)), objects];
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/**
 * The folders of refs, up to the repository itself, which has packed-refs and HEAD. Names that git takes for no refs
 * have none: no folder outside the repository is opened.
 */
export function foldersOfRefs(repository: string, refs: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const ref of refs) {
    if (!ref.startsWith('refs/') || ref.includes('..')) continue;
    for (let name = dirname(ref); name !== '.' && !folders.has(name); name = dirname(name)) folders.add(name);
  }
  return [repository, ...[...folders].map((name) => join(repository, name))];
}

/**
 * Waits until the names that git has changed are on the disk. Git syncs the content of its files and never a folder:
 * until then a power cut takes a renamed object or ref back. Objects come first: no ref may survive its objects.
 * @throws when a folder cannot be synced; one that git has removed is passed over, as its parent is synced.
 */
export async function syncNames(
  changed: { objects: readonly string[]; refs: readonly string[] },
  sync: SyncFolder = syncFolder,
): Promise<void> {
  await syncAll(changed.objects, sync);
  await syncAll(changed.refs, sync);
}

/** Makes one push durable. */
export interface PushNames {
  /** Notes where the objects of the push will be, before git moves them there. */
  expect(quarantine: string): Promise<void>;
  /** Waits until the names that the push has changed are on the disk. @throws when they cannot be synced. */
  sync(refs: readonly string[]): Promise<void>;
  /** Whether the names could not be synced. */
  failed(): boolean;
}

export function createPushNames(repository: string, sync?: SyncFolder): PushNames {
  let objects: string[] = [];
  let failed = false;
  return {
    async expect(quarantine) {
      objects = await foldersOfObjects(repository, quarantine);
    },
    async sync(refs) {
      failed = true;
      await syncNames({ objects, refs: foldersOfRefs(repository, refs) }, sync);
      failed = false;
    },
    failed: () => failed,
  };
}

async function syncAll(folders: readonly string[], sync: SyncFolder): Promise<void> {
  for (let from = 0; from < folders.length; from += CONCURRENT_SYNCS)
    await Promise.all(
      folders.slice(from, from + CONCURRENT_SYNCS).map((folder) => sync(folder).catch(passOverRemoved)),
    );
}

function passOverRemoved(error: unknown): void {
  if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error;
}
