import { mkdirSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sweepAbandoned } from '../sweep.ts';
import { syncFolder, syncTree } from '../sync.ts';
import type { GitLauncher } from './git-process.ts';

/** The branch that HEAD of a new repository names until the first push. */
export const FIRST_BRANCH = 'main';

export type RepositoryFolders = ReturnType<typeof createRepositoryFolders>;

/**
 * Bare repositories in a folder, named by project id alone:
 *
 *     <root>/3f/63.git     63 = the project's id, 3f = its last byte in hex
 *     <root>/tmp/<uuid>    being made; renamed into place when complete
 *     <root>/home          git's HOME: empty
 *     <root>/hooks         the hooks of receive-pack, written by the server
 *
 * A repository is made when it is first used, so that a project is one row and never half there.
 */
export function createRepositoryFolders(root: string, git: GitLauncher) {
  const temporary = join(root, 'tmp');
  mkdirSync(temporary, { recursive: true });
  sweepAbandoned(temporary);
  const pathOf = (id: number) => join(root, (id % 256).toString(16).padStart(2, '0'), `${id}.git`);

  const make = async (path: string): Promise<void> => {
    const fresh = join(temporary, crypto.randomUUID());
    await mkdir(fresh, { recursive: true });
    await mkdir(dirname(path), { recursive: true });
    await git.run(['init', '--quiet', '--bare', '--template=', `--initial-branch=${FIRST_BRANCH}`, fresh]);
    await syncTree(fresh);
    try {
      await rename(fresh, path);
      await syncFolder(dirname(path));
      await syncFolder(root);
    } catch (error) {
      // Another request has made it at the same time.
      await rm(fresh, { recursive: true, force: true });
      if (!(await exists(path))) throw error;
    }
  };

  return {
    /** For files that are removed soon. */
    temporary,
    pathOf,
    /** The path of the repository; null when nothing has used it yet. */
    async find(id: number): Promise<string | null> {
      const path = pathOf(id);
      return (await exists(path)) ? path : null;
    },
    /** The path of the repository, which is made if it is not there. */
    async ensure(id: number): Promise<string> {
      const path = pathOf(id);
      if (!(await exists(path))) await make(path);
      return path;
    },
    /** Runs `work` on an empty repository that is removed afterwards. */
    async withEmpty<T>(work: (path: string) => Promise<T>): Promise<T> {
      const path = join(temporary, crypto.randomUUID());
      try {
        await make(path);
        return await work(path);
      } finally {
        await rm(path, { recursive: true, force: true });
      }
    },
    remove: (id: number) => rm(pathOf(id), { recursive: true, force: true }),
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
