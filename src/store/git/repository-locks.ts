import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MINUTE } from '../../lib/clock.ts';
import { isBeingChanged } from './running-gits.ts';

/** A lock file of git: while it exists, the file that it is for cannot be changed. */
export interface LockFile {
  path: string;
  /** Tells it from another lock of the same name. */
  inode: number;
  /** When it was made, in milliseconds, by the clock of the files. */
  at: number;
}

/** Where locks are, other than those of refs: HEAD, packed-refs, config and shallow, and the indexes of objects. */
const FOLDERS = ['.', 'objects', 'objects/pack', 'objects/info', 'objects/info/commit-graphs'];
/** `packed-refs.new` is written under `packed-refs.lock`. */
const LOCK = /\.lock$|^packed-refs\.new$/;

/** A lock is held for one update of refs or one file of metadata. Where nobody can see who holds it, age decides. */
export const STALE_LOCK_MS = 15 * MINUTE;
/** The same for a lock that no git of this machine holds, in a folder that other servers use too. */
const STALE_SHARED_LOCK_MS = MINUTE;

/** The locks in a repository. */
export async function findLocks(repository: string): Promise<LockFile[]> {
  const paths: string[] = [];
  for (const folder of FOLDERS)
    for (const name of await namesIn(join(repository, folder)))
      if (LOCK.test(name)) paths.push(join(repository, folder, name));
  for (const name of await namesIn(join(repository, 'refs'), true))
    if (name.endsWith('.lock')) paths.push(join(repository, 'refs', name));
  const locks: LockFile[] = [];
  for (const path of paths) {
    const found = await stat(path).catch(() => null);
    if (found) locks.push({ path, inode: found.ino, at: found.mtimeMs });
  }
  return locks;
}

/** The names in a folder; none when it cannot be read. */
export const namesIn = (folder: string, recursive = false): Promise<string[]> =>
  readdir(folder, { recursive }).catch((): string[] => []);

/**
 * Those of the locks of a repository that no git holds: a power cut or a kill has left them, and git would refuse to
 * update their refs for ever.
 * @param shared whether other servers use the folder: only the age shows that their gits are gone.
 */
export async function staleAmong(
  locks: readonly LockFile[],
  repository: string,
  shared: boolean,
  now = Date.now(),
): Promise<LockFile[]> {
  if (locks.length === 0) return [];
  const used = await isBeingChanged(repository);
  if (used === true) return [];
  const alone = shared ? STALE_SHARED_LOCK_MS : 0;
  const minimumAge = used === null ? STALE_LOCK_MS : alone;
  const old = locks.filter(({ at }) => now - at >= minimumAge);
  // A git that ended in between has removed its lock.
  const there = await Promise.all(old.map(isThere));
  return old.filter((_, index) => there[index]);
}

async function isThere({ path, inode, at }: LockFile): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.ino === inode && found.mtimeMs === at;
}

/** Removes locks, unless another git has taken them since. @returns how many. */
export async function removeLocks(locks: readonly LockFile[]): Promise<number> {
  let removed = 0;
  for (const lock of locks) {
    if (!(await isThere(lock))) continue;
    await rm(lock.path, { force: true });
    removed += 1;
  }
  return removed;
}
