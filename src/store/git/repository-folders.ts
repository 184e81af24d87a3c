import { mkdirSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ifMissing } from '../blobs/if-missing.ts';
import { sweepAbandoned } from '../sweep.ts';
import { syncFolder, syncTree } from '../sync.ts';
import type { FirstUse } from './first-use.ts';
import type { GitLauncher } from './git-process.ts';
import type { SyncFolder } from './push-durability.ts';

/** The branch that HEAD of a new repository names until the first push. */
export const FIRST_BRANCH = 'main';

/** A block: a full disk still takes an empty file. */
const PROBE_BYTES = 4096;

export type RepositoryFolders = ReturnType<typeof createRepositoryFolders>;

/**
 * Bare repositories in a folder, named by project id alone:
 *
 *     <root>/3f/63.git     63 = the project's id, 3f = its last byte in hex
 *     <root>/tmp/<uuid>    being made; renamed into place when complete
 *     <root>/home          git's HOME: empty
 *     <root>/hooks/<hash>  the hooks of receive-pack, written by the server
 *
 * A repository is made when it is first used, so that a project is one row and never half there.
 */
export function createRepositoryFolders(
  root: string,
  git: GitLauncher,
  firstUse: FirstUse,
  sync: SyncFolder = syncFolder,
) {
  const temporary = join(root, 'tmp');
  mkdirSync(temporary, { recursive: true });
  sweepAbandoned(temporary);
  const pathOf = (id: number) => join(root, (id % 256).toString(16).padStart(2, '0'), `${id}.git`);

  /** Repositories whose names are not known to be on the disk. */
  const unsynced = new Set<string>();

  const make = async (path: string): Promise<void> => {
    const fresh = join(temporary, crypto.randomUUID());
    await mkdir(fresh, { recursive: true });
    await mkdir(dirname(path), { recursive: true });
    await git.run(['init', '--quiet', '--bare', '--template=', `--initial-branch=${FIRST_BRANCH}`, fresh]);
    await syncTree(fresh);
    try {
      await rename(fresh, path);
    } catch (error) {
      // Another request has made it at the same time.
      await rm(fresh, { recursive: true, force: true });
      if (!(await exists(path))) throw error;
    }
  };

  /** Waits until the name of a repository is on the disk, and those of the folders that it is in. */
  const syncPath = async (path: string): Promise<void> => {
    for (const folder of [dirname(path), root, dirname(root)]) await sync(folder);
    unsynced.delete(path);
  };

  return {
    /** For files that are removed soon. */
    temporary,
    pathOf,
    /** The paths of all repositories. */
    list: () => listRepositories(root),
    /** The path of the repository; null when nothing has used it yet. */
    async find(id: number): Promise<string | null> {
      const path = pathOf(id);
      if (!(await exists(path))) return null;
      await firstUse.ready(path);
      return path;
    },
    /**
     * The path of the repository, which is made if it is not there. @throws when its name cannot be synced to the disk:
     * a push to it would be lost with it.
     */
    async ensure(id: number): Promise<string> {
      const path = pathOf(id);
      if (!(await exists(path))) {
        unsynced.add(path);
        await make(path);
      }
      if (unsynced.has(path)) await syncPath(path);
      await firstUse.ready(path);
      return path;
    },
    /** Writes a file and removes it. @throws when the disk takes no writes. */
    async check(): Promise<void> {
      const probe = join(temporary, crypto.randomUUID());
      try {
        await writeFile(probe, new Uint8Array(PROBE_BYTES));
      } finally {
        await rm(probe, { force: true });
      }
    },
    /** Has the repository at a path looked at again before its next use. */
    suspect: (path: string) => firstUse.forget(path),
    async remove(id: number): Promise<void> {
      firstUse.forget(pathOf(id));
      await rm(pathOf(id), { recursive: true, force: true });
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The paths of the repositories in a folder; none when it is not there yet. */
export async function* listRepositories(root: string): AsyncGenerator<string> {
  for (const part of await namesIn(root))
    if (/^[0-9a-f]{2}$/.test(part))
      for (const name of await namesIn(join(root, part))) if (name.endsWith('.git')) yield join(root, part, name);
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(ifMissing([]));
