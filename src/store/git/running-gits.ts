import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Commands of git that only read a repository, and those that they start. */
const READERS = new Set(
  'upload-pack upload-archive pack-objects archive rev-list rev-parse for-each-ref show-ref cat-file ls-tree log diff-tree merge-base count-objects fsck'.split(
    ' ',
  ),
);

/**
 * Whether a git of this machine runs that may change a repository, also one that outlives its server. Such a git has
 * the repository as its folder, or among its arguments until it has entered it.
 * @returns null where the system does not list processes under /proc.
 */
export async function isBeingChanged(repository: string): Promise<boolean | null> {
  const processes = await readdir('/proc').then(
    (names) => names.filter((name) => /^\d+$/.test(name)),
    (): string[] => [],
  );
  if (processes.length === 0) return null;
  const folders = new Set([repository, await realpath(repository)]);
  for (const id of processes) {
    // Processes of other users cannot be read, and are no gits of ours.
    const args = (await readFile(join('/proc', id, 'cmdline'), 'latin1').catch(() => '')).split('\0');
    if (!basename(args[0] ?? '').startsWith('git') || args.some((arg) => READERS.has(arg))) continue;
    const folder = await readlink(join('/proc', id, 'cwd')).catch(() => '');
    if ([folder, ...args].some((path) => folders.has(path))) return true;
  }
  return false;
}
