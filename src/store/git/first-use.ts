import { repairHead } from './git-head.ts';
import type { GitLauncher } from './git-process.ts';
import { findLocks, removeLocks, staleAmong } from './repository-locks.ts';

export interface FirstUseOptions {
  git: GitLauncher;
  /** Whether other servers use the same folder. */
  shared: boolean;
  report(message: string, error: unknown): void;
}

/**
 * Repairs a repository before this process uses it for the first time: a HEAD that a power cut has emptied, and locks
 * of gits that are gone. A lock that may be held is looked at again before each later use, until it is gone.
 * @returns a function that resolves when the repository may be used.
 */
export function createFirstUse({ git, shared, report }: FirstUseOptions) {
  const sound = new Set<string>();
  const running = new Map<string, Promise<void>>();

  const repair = async (path: string) => {
    try {
      if (await repairHead(git, path)) report('HEAD of a repository named no ref and was written again', path);
      const locks = await findLocks(path);
      const removed = await removeLocks(await staleAmong(locks, path, shared));
      if (removed > 0) report('locks of gits that are gone were removed from a repository', path);
      if (removed === locks.length) sound.add(path);
    } catch (error) {
      // On a disk that cannot be written to, clones still work.
      report('a repository could not be repaired', error);
    } finally {
      running.delete(path);
    }
  };

  return {
    async ready(path: string): Promise<void> {
      if (sound.has(path)) return;
      const repairing = running.get(path) ?? repair(path);
      running.set(path, repairing);
      await repairing;
    },
    /** Forgets a repository that is removed, or that has to be looked at again. */
    forget: (path: string) => void sound.delete(path),
  };
}

export type FirstUse = ReturnType<typeof createFirstUse>;
