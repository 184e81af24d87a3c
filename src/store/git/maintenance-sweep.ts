import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HOUR } from '../../lib/clock.ts';
import type { GitOptions } from './git-settings.ts';
import type { RepositoryFolders } from './repository-folders.ts';
import { findLocks, namesIn, removeLocks, STALE_LOCK_MS } from './repository-locks.ts';

/**
 * Leftovers of killed git processes, by folder of a repository. The file that git writes a pack or a push into has a
 * name of its own.
 */
const LEFTOVERS: readonly { folder: string; pattern: RegExp }[] = [
  { folder: '.', pattern: /^HEAD\.new-/ },
  { folder: 'objects', pattern: /^tmp_/ },
  { folder: 'objects/pack', pattern: /^\.?tmp[-_]/ },
  { folder: 'objects/info', pattern: /^tmp_/ },
  { folder: 'objects/info/commit-graphs', pattern: /^tmp_/ },
];

/**
 * Removes what gits that were killed left in a repository: quarantines of pushes, half-written packs and objects, packs
 * without an index, files that keep packs from maintenance, and locks, which would make every later update fail.
 * @param longestMs how long a git may run: anything older than that, and an hour, has no owner any more.
 * @returns how many were removed.
 */
export async function sweepRepository(path: string, longestMs: number, now = Date.now()): Promise<number> {
  const cutoff = now - longestMs - HOUR;
  let removed = await removeLocks((await findLocks(path)).filter(({ at }) => at < now - STALE_LOCK_MS));
  const remove = async (file: string) => {
    const found = await stat(file).catch(() => null);
    if (!found || found.mtimeMs >= cutoff) return;
    await rm(file, { recursive: true, force: true });
    removed += 1;
  };
  for (const { folder, pattern } of LEFTOVERS) {
    for (const name of await namesIn(join(path, folder)))
      if (pattern.test(name)) await remove(join(path, folder, name));
  }
  for (const file of await findHalfObjects(path)) await remove(file);
  for (const file of await findHalfPacks(path)) await remove(file);
  for (const file of await findPushKeeps(path)) await remove(file);
  return removed;
}

/** See `GitStore.sweep`. A repository that cannot be swept does not stop the others. */
export function createSweep(
  { list }: Pick<RepositoryFolders, 'list'>,
  { timeoutMs, report }: Pick<GitOptions, 'timeoutMs' | 'report'>,
) {
  return async (signal: AbortSignal): Promise<number> => {
    let removed = 0;
    for await (const path of list()) {
      signal.throwIfAborted();
      try {
        removed += await sweepRepository(path, timeoutMs);
      } catch (error) {
        report('a repository could not be swept', error);
      }
    }
    return removed;
  };
}

async function findHalfObjects(path: string): Promise<string[]> {
  const objects = join(path, 'objects');
  const files: string[] = [];
  for (const folder of (await namesIn(objects)).filter((name) => /^[0-9a-f]{2}$/.test(name)))
    for (const name of await namesIn(join(objects, folder)))
      if (name.startsWith('tmp_')) files.push(join(objects, folder, name));
  return files;
}

/**
 * Files that keep a pack from maintenance until its push has ended; git writes into them which command did it. Others
 * are an administrator's.
 */
async function findPushKeeps(path: string): Promise<string[]> {
  const folder = join(path, 'objects/pack');
  const files = (await namesIn(folder)).filter((name) => name.endsWith('.keep')).map((name) => join(folder, name));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return files.filter((_, at) => texts[at]?.startsWith('receive-pack '));
}

/** Files of packs that have not both a pack and an index. */
async function findHalfPacks(path: string): Promise<string[]> {
  const folder = join(path, 'objects/pack');
  const names = new Set(await namesIn(folder));
  return [...names]
    .filter((name) => {
      const pack = /^(pack-[0-9a-f]+)\./.exec(name)?.[1];
      return pack !== undefined && !(names.has(`${pack}.pack`) && names.has(`${pack}.idx`));
    })
    .map((name) => join(folder, name));
}
