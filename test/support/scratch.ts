import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

const DISK = '/tmp';
/** Tests make thousands of small files and sync them. On a disk, the wait for it takes a third of their time. */
const MEMORY = '/dev/shm';
const MIN_FREE_BYTES = 4 * 1024 ** 3;

let root: string | undefined;

/** Measurements and power cuts need a disk: `scratchFolder` makes its folders there from now on. */
export function useDisk(): void {
  root = DISK;
}

/** A new, empty folder, in memory where there is enough of it. @returns its path. The caller removes it. */
export function scratchFolder(prefix: string): string {
  root ??= isRoomy() ? folderInMemory() : DISK;
  return mkdtempSync(join(root, prefix));
}

function isRoomy(): boolean {
  if (!existsSync(MEMORY)) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= MIN_FREE_BYTES;
}

/** One for this process. Those of processes that were killed are removed: nothing else frees their memory. */
function folderInMemory(): string {
  for (const name of readdirSync(MEMORY)) {
    const pid = /^postern-of-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(MEMORY, name), { recursive: true, force: true });
  }
  const folder = join(MEMORY, `postern-of-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
