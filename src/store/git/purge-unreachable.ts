import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../sync.ts';
import { type Maintained, type MaintenanceDeps, maintainRepository, runGit } from './maintenance.ts';
import { listPacks, removeMultiPackIndex } from './maintenance-packs.ts';

/**
 * Removes every object that no ref leads to, without the time for which maintenance keeps them: a secret that was
 * pushed. A full maintenance moves them to packs of their own first. These are set aside, and are put back when git
 * then misses an object: a push may have referred to one during that time.
 * @param signal ends it between two steps, or the git that runs.
 * @throws what `maintainRepository` throws; also when an object was missing.
 */
export async function purgeUnreachable(
  deps: MaintenanceDeps,
  path: string,
  { signal }: { signal: AbortSignal },
): Promise<Maintained> {
  const folder = join(path, 'objects/pack');
  const packed = await maintainRepository(deps, path, { full: true, signal });
  const cruft = (await listPacks(folder)).filter((pack) => pack.cruft);
  if (cruft.length === 0) return { ...packed, purged: 0 };
  const aside = join(deps.temporary, `purged-${crypto.randomUUID()}`);
  await mkdir(aside);
  try {
    const files = await filesOf(
      folder,
      cruft.map(({ name }) => name),
    );
    // It names the packs, and without it git looks into each.
    await removeMultiPackIndex(folder);
    await moveAll(files, folder, aside);
    try {
      await runGit(deps, path, ['rev-list', '--objects', '--all', '--quiet'], '', signal);
    } catch (error) {
      await moveAll(files.toReversed(), aside, folder);
      throw error;
    }
    await syncFolder(folder);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  const { packsAfter } = await maintainRepository(deps, path, { full: false, signal });
  const purged = cruft.reduce((sum, { objects }) => sum + objects, 0);
  return { ...packed, packsAfter, cruft: false, purged };
}

/** The files of packs, their indexes first: a pack without an index is not used. */
async function filesOf(folder: string, packs: readonly string[]): Promise<string[]> {
  const names = (await readdir(folder)).filter((file) => packs.some((name) => file.startsWith(`${name}.`)));
  return names.sort((one, other) => Number(other.endsWith('.idx')) - Number(one.endsWith('.idx')));
}

async function moveAll(files: readonly string[], from: string, to: string): Promise<void> {
  for (const file of files) await rename(join(from, file), join(to, file));
}
