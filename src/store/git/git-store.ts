import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createClientService } from './client-service.ts';
import { paceOf } from './client-watch.ts';
import { type ContentReads, createContentReads } from './content-reads.ts';
import { createFirstUse } from './first-use.ts';
import type { ArchiveRequest } from './git-archive.ts';
import type { BlobRequest } from './git-blob.ts';
import { headBranch, writeHead } from './git-head.ts';
import { createPackSizes } from './git-memory.ts';
import type { GitPools } from './git-pool.ts';
import { createGitLauncher, type GitLauncher } from './git-process.ts';
import type { GitAnswer, GitRequest } from './git-request.ts';
import type { GitOptions } from './git-settings.ts';
import { emptyView, type RepositoryView, viewRepository } from './git-view.ts';
import type { Maintained, MaintenanceRequest } from './maintenance.ts';
import { createMaintenance } from './maintenance-runner.ts';
import { createSweep } from './maintenance-sweep.ts';
import type { RefCommand } from './push-commands.ts';
import { foldersOfAllObjects, foldersOfRefs, syncNames } from './push-durability.ts';
import { installPushHooks } from './push-hooks.ts';
import { createReachability } from './reachable.ts';
import { createReaders } from './readers.ts';
import { changeRef, type NewTag, writeTag } from './ref-changes.ts';
import { describeUpdates, type RefUpdate, readRefValues } from './ref-updates.ts';
import { createRepositoryFolders, FIRST_BRANCH, type RepositoryFolders } from './repository-folders.ts';

/**
 * The repositories of projects, by project id. Nothing here says where or how they are stored. A repository exists as
 * soon as it is used; one that was never used is empty.
 * Every function throws PosternError `unavailable` when too many gits run or git took too long.
 */
export interface GitStore extends ContentReads {
  /**
   * One conversation with a git client, over any transport. Resolves at the first byte of the answer, so that a failure
   * before it can still be answered with a status.
   * @throws what reading the input threw; PosternError `invalid` for input that is not git's protocol.
   */
  serve(projectId: number, request: GitRequest): Promise<GitAnswer>;
  /** The advertisement of protocol 2: what git can do, the same for every repository. It is asked of this one. */
  capabilities(projectId: number): Promise<Uint8Array>;
  /** The branch that a clone checks out; of a repository that is not made yet, the one it will be made with. */
  defaultBranch(projectId: number): Promise<string>;
  /** Sets the branch that a clone checks out, which must exist. */
  setDefaultBranch(projectId: number, branch: string): Promise<void>;
  /** The object ids of refs by their full names; a ref that does not exist has none. */
  refValues(projectId: number, names: readonly string[]): Promise<Map<string, string>>;
  /**
   * Waits until refs, their objects and their names are on the disk. A push does so by itself before it is
   * acknowledged. @param names full names; those that were deleted too. @throws when they cannot be synced.
   */
  syncRefs(projectId: number, names: readonly string[]): Promise<void>;
  /** Finds out which updates of refs were forced. */
  describeUpdates(projectId: number, commands: readonly RefCommand[]): Promise<RefUpdate[]>;
  /** A summary for people. */
  view(projectId: number): Promise<RepositoryView>;
  /**
   * Creates or deletes one ref, and waits until that is on the disk.
   * @throws as `changeRef`; PosternError `not_found` when the repository is not made yet.
   */
  changeRef(projectId: number, command: RefCommand): Promise<void>;
  /** Writes an annotated tag, which no ref leads to yet. @returns its id. */
  writeTag(projectId: number, tag: NewTag): Promise<string>;
  /** All files of a commit as a stream. @returns null when there is no such revision. */
  archive(projectId: number, request: ArchiveRequest): Promise<ReadableStream<Uint8Array> | null>;
  /** The bytes of a blob that `findBlob` or `readFile` found, as a stream. */
  streamBlob(projectId: number, request: BlobRequest): Promise<ReadableStream<Uint8Array>>;
  /**
   * Packs what pushes have left in a repository, beside pushes and clones. Git runs at the lowest priority, and starts
   * only while no client waits for one.
   * @returns null when the repository is not made yet.
   */
  maintain(projectId: number, request: MaintenanceRequest): Promise<Maintained | null>;
  /** Removes what killed gits left in any repository. @returns the number of removed files and folders. */
  sweep(signal: AbortSignal): Promise<number>;
  /** @throws when the disk takes no writes: it is full or read-only. Fetches go on. */
  check(): Promise<void>;
  /** Removes the repository. */
  remove(projectId: number): Promise<void>;
  counts: GitPools['counts'];
  /** Waits until no git runs any more. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface GitStoreOptions extends GitOptions {
  /** Whether other servers use the same folder. */
  shared: boolean;
}

/** Keeps repositories in a folder; see `createRepositoryFolders` for its layout. */
export function createGitStore(options: GitStoreOptions, pools: GitPools): GitStore {
  const { root, report } = options;
  const pace = paceOf(options.idleMs);
  const home = join(root, 'home');
  mkdirSync(home, { recursive: true });
  const git = createGitLauncher(options, home);
  const folders = createRepositoryFolders(root, git, createFirstUse({ git, shared: options.shared, report }));
  const hooks = installPushHooks(root);
  const packSizes = createPackSizes();
  const reachability = createReachability();
  const gitFor = async (path: string) => git.forPacks(await packSizes(path));

  const readers = createReaders({ folders, gitFor, reachability, pool: pools.reads });
  const { reading, writing } = readers;
  const clients = createClientService({ folders, gitFor, hooks, reachability, pools, pace, report });

  return {
    serve: clients.serve,
    capabilities: createCapabilities(folders, git),
    defaultBranch: async (id) => (await headBranch(folders.pathOf(id))) ?? FIRST_BRANCH,
    async setDefaultBranch(id, branch) {
      // Without a turn of a git: it is called in a transaction, which must not wait for the gits of others.
      const path = await folders.find(id);
      if (path !== null) await writeHead(path, `refs/heads/${branch}`);
    },
    refValues: (id, names) => reading(id, new Map(), (...on) => readRefValues(...on, names)),
    async syncRefs(id, names) {
      const path = await folders.find(id);
      if (path !== null)
        await syncNames({ objects: await foldersOfAllObjects(path), refs: foldersOfRefs(path, names) });
    },
    describeUpdates: (id, commands) =>
      commands.length === 0 ? Promise.resolve([]) : reading(id, [], (...on) => describeUpdates(...on, commands)),
    async view(id) {
      const branch = (await headBranch(folders.pathOf(id))) ?? FIRST_BRANCH;
      return reading(id, emptyView(branch), (...on) => viewRepository(...on, branch));
    },
    changeRef: (id, command) =>
      writing(id, (git, path) => changeRef(git, path, command).finally(() => reachability.forget(path))),
    writeTag: (id, tag) => writing(id, (...on) => writeTag(...on, tag)),
    ...createContentReads(readers),
    archive: clients.archive,
    streamBlob: clients.streamBlob,
    maintain: createMaintenance(options, { pools, home, folders, packSizes }),
    sweep: createSweep(folders, options),
    check: folders.check,
    remove: folders.remove,
    counts: pools.counts,
    [Symbol.asyncDispose]: git.stop,
  };
}

/** See `GitStore.capabilities`. Git is asked once. */
function createCapabilities(folders: RepositoryFolders, git: GitLauncher): GitStore['capabilities'] {
  let known: Promise<Uint8Array> | undefined;
  const ask = async (id: number) =>
    git.run(['upload-pack', '--stateless-rpc', '--http-backend-info-refs', await folders.ensure(id)], {
      protocol: 'version=2',
    });
  return (id) => {
    known ??= ask(id).catch((error) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}
