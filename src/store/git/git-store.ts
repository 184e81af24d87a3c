import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type GitProcess, runGit, spawnGit } from './git-process.ts';

export type GitService = 'upload-pack' | 'receive-pack';

export interface GitStore {
  /** The advertisement of refs: what `info/refs` answers, without the `# service` line. */
  advertise(projectId: number, service: GitService, protocol: string): Promise<GitProcess>;
  /** One stateless request: the body goes to stdin, the answer comes from stdout. */
  serve(projectId: number, service: GitService, protocol: string): Promise<GitProcess>;
  /** Removes the repository. */
  remove(projectId: number): Promise<void>;
}

/**
 * Bare repositories in a folder, named by project id alone:
 *
 *     <root>/3f/63.git     63 = the project's id, 3f = its last byte in hex
 *     <root>/tmp/<uuid>    being made; renamed into place when whole
 *
 * A repository is made when it is first asked for, so that a project is one row and never half there.
 */
export function createGitStore(root: string): GitStore {
  const pathOf = (id: number) => join(root, (id % 256).toString(16).padStart(2, '0'), `${id}.git`);

  const ensure = async (id: number): Promise<string> => {
    const path = pathOf(id);
    if (await exists(path)) return path;
    const fresh = join(root, 'tmp', crypto.randomUUID());
    await mkdir(fresh, { recursive: true });
    await mkdir(join(path, '..'), { recursive: true });
    await runGit(['init', '--quiet', '--bare', '--template=', '--initial-branch=main', fresh]);
    try {
      await rename(fresh, path);
    } catch (error) {
      // Another request made it meanwhile.
      await rm(fresh, { recursive: true, force: true });
      if (!(await exists(path))) throw error;
    }
    return path;
  };

  return {
    async advertise(id, service, protocol) {
      return spawnGit([service, '--stateless-rpc', '--http-backend-info-refs', await ensure(id)], { protocol });
    },
    async serve(id, service, protocol) {
      return spawnGit([service, '--stateless-rpc', await ensure(id)], { protocol });
    },
    async remove(id) {
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
