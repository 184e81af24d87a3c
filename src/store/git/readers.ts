import type { Semaphore } from '../../lib/semaphore.ts';
import type { GitLauncher } from './git-process.ts';
import type { Reachability } from './reachable.ts';
import type { RepositoryFolders } from './repository-folders.ts';

export interface ReaderOptions {
  folders: Pick<RepositoryFolders, 'find'>;
  /** Starts gits on the repository at a path. */
  gitFor(path: string): Promise<GitLauncher>;
  reachability: Reachability;
  pool: Semaphore;
}

/** Runs the short reads of pages, of the API and of the server itself. */
export function createReaders({ folders, gitFor, reachability, pool }: ReaderOptions) {
  /**
   * Runs `work` on a repository when a place in the pool is free. @returns `otherwise` when there is no repository yet.
   */
  const reading = async <T>(
    id: number,
    otherwise: T,
    work: (git: GitLauncher, path: string) => Promise<T>,
  ): Promise<T> => {
    const path = await folders.find(id);
    if (path === null) return otherwise;
    const leave = await pool.enter();
    try {
      return await work(await gitFor(path), path);
    } finally {
      leave();
    }
  };

  return {
    reading,
    /** The same for a revision. @returns null when it names no commit that a visible ref leads to. */
    readingCommit: <R extends { revision: string }, T>(
      id: number,
      request: R,
      work: (git: GitLauncher, path: string, request: R) => Promise<T | null>,
    ): Promise<T | null> =>
      reading(id, null, async (git, path) => {
        const commit = await reachability.commitOf(git, path, request.revision);
        return commit === null ? null : work(git, path, { ...request, revision: commit });
      }),
  };
}
