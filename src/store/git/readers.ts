import { notFound } from '../../lib/errors.ts';
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

/** The longest time that one git of a read may take, in milliseconds. */
const READ_MS = 30_000;

type Work<T> = (git: GitLauncher, path: string) => Promise<T>;

export type Readers = ReturnType<typeof createReaders>;

/** Runs the short reads of pages, of the API and of the server itself, and small changes. */
export function createReaders({ folders, gitFor, reachability, pool }: ReaderOptions) {
  /**
   * Runs `work` on a repository when a place in the pool is free. @returns `otherwise` when there is no repository yet.
   */
  const reading = async <T>(id: number, otherwise: T, work: Work<T>): Promise<T> => {
    const path = await folders.find(id);
    if (path === null) return otherwise;
    const leave = await pool.enter(undefined, [`project ${id}`]);
    try {
      return await work(await gitFor(path), path);
    } finally {
      leave();
    }
  };

  /** The same with a short time for each git: a client waits for it, and chose how much there is to do. */
  const reads = <T>(id: number, otherwise: T, work: Work<T>): Promise<T> =>
    reading(id, otherwise, (git, path) => work(git.within(READ_MS), path));

  return {
    reachability,
    reading,
    reads,
    /** Runs a small change. @throws PosternError `not_found` when there is no repository yet. */
    async writing<T>(id: number, work: Work<T>): Promise<T> {
      const done = await reading(id, null, async (git, path) => ({ value: await work(git, path) }));
      if (done === null) throw notFound('repository');
      return done.value;
    },
    /** Reads what a revision names. @returns null when it names no commit that a visible ref leads to. */
    readingCommit: <R extends { revision: string }, T>(
      id: number,
      request: R,
      work: (git: GitLauncher, path: string, request: R) => Promise<T | null>,
    ): Promise<T | null> =>
      reads(id, null, async (git, path) => {
        const commit = await reachability.commitOf(git, path, request.revision);
        return commit === null ? null : work(git, path, { ...request, revision: commit });
      }),
  };
}
