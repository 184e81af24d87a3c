import { mkdirSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sweepAbandoned } from '../sweep.ts';
import { syncFolder, syncTree } from '../sync.ts';
import { followFirstBranch, headBranch } from './git-head.ts';
import type { GitPool } from './git-pool.ts';
import { createGitLauncher } from './git-process.ts';
import type { GitOptions } from './git-settings.ts';
import {
  emptyView,
  listRefPage,
  type RefPage,
  type RefRequest,
  type RepositoryView,
  viewRepository,
} from './git-view.ts';
import { pipeClient } from './pipe-client.ts';

export type GitService = 'upload-pack' | 'receive-pack';

export interface GitRequest {
  service: GitService;
  /** What the client asks of the protocol, as git reads it from its environment: `version=2`. */
  protocol: string;
  /** What the client sends; null: it asks for the advertisement of refs. */
  body: AsyncIterable<Uint8Array> | null;
  /** Aborted when the client is gone. */
  signal: AbortSignal;
}

export interface GitStore {
  /**
   * One stateless request to a repository: git's answer, from its first byte on. Without a body it is the advertisement
   * of refs that `info/refs` answers, less the `# service` line.
   * @throws PosternError `unavailable` when the server is too busy or git took too long; what reading the body threw.
   */
  serve(projectId: number, request: GitRequest): Promise<ReadableStream<Uint8Array>>;
  /** The advertisement of protocol 2: what git can do, the same for every repository. */
  capabilities(): Promise<Uint8Array>;
  /** The branch that a clone checks out; of a repository that is not made yet, the one it will be made with. */
  defaultBranch(projectId: number): Promise<string>;
  /** What people want to see of it at one glance. @throws PosternError `unavailable` when the server is too busy. */
  view(projectId: number): Promise<RepositoryView>;
  /** A part of its branches or tags. @throws PosternError `unavailable` when the server is too busy. */
  refs(projectId: number, request: RefRequest): Promise<RefPage>;
  /** Removes the repository. */
  remove(projectId: number): Promise<void>;
  counts: GitPool['counts'];
}

/** What HEAD of a new repository names until something is pushed. */
const FIRST_BRANCH = 'main';

/**
 * Bare repositories in a folder, named by project id alone:
 *
 *     <root>/3f/63.git     63 = the project's id, 3f = its last byte in hex
 *     <root>/tmp/<uuid>    being made; renamed into place when whole
 *     <root>/home          git's HOME: empty
 *
 * A repository is made when it is first asked for, so that a project is one row and never half there.
 */
export function createGitStore(options: GitOptions, pool: GitPool): GitStore {
  const { root } = options;
  const home = join(root, 'home');
  const temporary = join(root, 'tmp');
  for (const folder of [home, temporary]) mkdirSync(folder, { recursive: true });
  sweepAbandoned(temporary);
  const git = createGitLauncher(options, home);
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
      // Another request made it meanwhile.
      await rm(fresh, { recursive: true, force: true });
      if (!(await exists(path))) throw error;
    }
  };

  const ensure = async (id: number): Promise<string> => {
    const path = pathOf(id);
    if (!(await exists(path))) await make(path);
    return path;
  };

  let known: Promise<Uint8Array> | undefined;
  const askCapabilities = async (): Promise<Uint8Array> => {
    const path = join(temporary, crypto.randomUUID());
    try {
      await make(path);
      return await git.run(['upload-pack', '--stateless-rpc', '--http-backend-info-refs', path], 'version=2');
    } finally {
      await rm(path, { recursive: true, force: true });
    }
  };

  return {
    async serve(id, { service, protocol, body, signal }) {
      const leave = await pool.enter(signal);
      try {
        const path = await ensure(id);
        const mode = body ? [] : ['--http-backend-info-refs'];
        const child = git.start([service, '--stateless-rpc', ...mode, path], protocol);
        void child.exited.then(leave);
        signal.addEventListener('abort', child.end);
        // It may have left while the repository was made: that is not told again.
        if (signal.aborted) child.end();
        const settle = async () => {
          if (service === 'receive-pack' && body) await followFirstBranch(git, path).catch(headFailed);
        };
        const headFailed = (error: unknown) => options.report('HEAD could not be set after a push', error);
        const { idleMs, report } = options;
        return await pipeClient(child, { body, what: service, idleMs, signal, settle, report });
      } catch (error) {
        leave();
        throw error;
      }
    },
    capabilities() {
      known ??= askCapabilities().catch((error) => {
        known = undefined;
        throw error;
      });
      return known;
    },
    defaultBranch: async (id) => (await headBranch(pathOf(id))) ?? FIRST_BRANCH,
    async view(id) {
      const path = pathOf(id);
      const branch = (await headBranch(path)) ?? FIRST_BRANCH;
      if (!(await exists(path))) return emptyView(branch);
      const leave = await pool.enter();
      try {
        return await viewRepository(git, path, branch);
      } finally {
        leave();
      }
    },
    async refs(id, request) {
      const path = pathOf(id);
      if (!(await exists(path))) return { items: [], page: request.page, perPage: request.perPage, total: 0 };
      const leave = await pool.enter();
      try {
        return await listRefPage(git, path, request);
      } finally {
        leave();
      }
    },
    remove: (id) => rm(pathOf(id), { recursive: true, force: true }),
    counts: pool.counts,
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
