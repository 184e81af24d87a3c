import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HOUR, MINUTE } from '../../lib/clock.ts';

/** A lock is held for one update of refs or one file of metadata. */
const STALE_LOCK_MS = 15 * MINUTE;

/**
 * Leftovers of killed git processes, by folder of a repository. The file that git writes a pack or a push into has a
 * name of its own.
 */
const LEFTOVERS: readonly { folder: string; pattern: RegExp; lock?: boolean }[] = [
  { folder: '.', pattern: /\.lock$|^packed-refs\.new$/, lock: true },
  { folder: 'objects', pattern: /^tmp_/ },
  { folder: 'objects/pack', pattern: /^\.?tmp[-_]/ },
  { folder: 'objects/pack', pattern: /\.lock$/, lock: true },
  { folder: 'objects/info', pattern: /^tmp_/ },
  { folder: 'objects/info', pattern: /\.lock$/, lock: true },
  { folder: 'objects/info/commit-graphs', pattern: /^tmp_/ },
  { folder: 'objects/info/commit-graphs', pattern: /\.lock$/, lock: true },
];

/**
 * Removes what gits that were killed left in a repository: quarantines of pushes, half-written packs and objects, packs
 * without an index, and locks, which would make every later update fail.
 * @param longestMs how long a git may run: anything older than that, and an hour, has no owner any more.
 * @returns how many were removed.
 */
export async function sweepRepository(path: string, longestMs: number, now = Date.now()): Promise<number> {
  const cutoff = now - longestMs - HOUR;
  let removed = 0;
  const remove = async (file: string, before: number) => {
    const found = await stat(file).catch(() => null);
    if (!found || found.mtimeMs >= before) return;
    await rm(file, { recursive: true, force: true });
    removed += 1;
  };
  for (const { folder, pattern, lock = false } of LEFTOVERS) {
    for (const name of await namesIn(join(path, folder)))
      if (pattern.test(name)) await remove(join(path, folder, name), lock ? now - STALE_LOCK_MS : cutoff);
  }
  for (const file of await findRefLocks(path)) await remove(file, now - STALE_LOCK_MS);
  for (const file of await findHalfObjects(path)) await remove(file, cutoff);
  for (const file of await findHalfPacks(path)) await remove(file, cutoff);
  return removed;
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch((): string[] => []);

async function findRefLocks(path: string): Promise<string[]> {
  const names = await readdir(join(path, 'refs'), { recursive: true }).catch((): string[] => []);
  return names.filter((name) => name.endsWith('.lock')).map((name) => join(path, 'refs', name));
}

async function findHalfObjects(path: string): Promise<string[]> {
  const objects = join(path, 'objects');
  const files: string[] = [];
  for (const folder of (await namesIn(objects)).filter((name) => /^[0-9a-f]{2}$/.test(name)))
    for (const name of await namesIn(join(objects, folder)))
      if (name.startsWith('tmp_')) files.push(join(objects, folder, name));
  return files;
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
