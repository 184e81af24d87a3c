import type { ArchiveRequest } from '../../store/git/git-archive.ts';
import type { BlobRequest } from '../../store/git/git-blob.ts';
import type { DiffRequest } from '../../store/git/git-diff.ts';
import type { LogRequest } from '../../store/git/git-log.ts';
import type { RefKind, RefRequest } from '../../store/git/git-refs.ts';
import type { AdvertisementRequest, FetchRequest, GitAnswer, GitService } from '../../store/git/git-request.ts';
import type { FileRequest, TreeRequest } from '../../store/git/git-tree.ts';
import type { RepositoryView } from '../../store/git/git-view.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';
import type { Tasks } from '../tasks/tasks.ts';
import { createRepositoryMaintenance } from './maintenance.ts';
import { createPushJournal } from './push-journal.ts';
import { createPushRecovery } from './push-recovery.ts';
import { createPushes } from './pushes.ts';
import { createRefChanges } from './ref-changes.ts';

export type { ArchiveFormat } from '../../store/git/git-archive.ts';
export type { DiffStats, FileDiff } from '../../store/git/git-diff.ts';
export type { LogEntry, LogFilter, Signature } from '../../store/git/git-log.ts';
export type { RefOrder, RefPage, RefRequest, RefWithCommit } from '../../store/git/git-refs.ts';
export type { AdvertisementRequest, FetchRequest, GitAnswer, GitService } from '../../store/git/git-request.ts';
export type { TreeEntry } from '../../store/git/git-tree.ts';
export type { RepositoryView } from '../../store/git/git-view.ts';
export type { RefUpdate } from '../../store/git/ref-updates.ts';
export type { Push, Pusher, PushRequest } from './pushes.ts';

export type Repositories = ReturnType<typeof createRepositories>;

/**
 * The largest request of a fetch, unpacked: a line for each object that the client wants or has. A million lines fit.
 */
const FETCH_REQUEST_BYTES = 64 * 1024 * 1024;
/**
 * Git counts the bytes of a push later than the reader of the body: it must be the first to report a push that is too
 * large.
 */
const PUSH_SLACK_BYTES = 64 * 1024 * 1024;

export function createRepositories(deps: Deps, audit: Audit, tasks: Tasks) {
  const { git, limits } = deps;
  const journal = createPushJournal(deps, audit);
  const maintenance = createRepositoryMaintenance(deps, tasks);
  return {
    /** Lists refs, or answers a fetch. See `GitStore.serve`. */
    serve: ({ id }: Project, request: AdvertisementRequest | FetchRequest): Promise<GitAnswer> =>
      git.serve(id, request),
    push: createPushes(deps, journal, maintenance.request),
    /** Settles pushes that were interrupted. @returns how many. */
    recoverPushes: createPushRecovery(deps, journal),
    /** The updates of a project's refs. */
    updates: journal.list,
    maintain: maintenance.maintain,
    /** The branch that a clone checks out. */
    defaultBranch: ({ id }: Project): Promise<string> => git.defaultBranch(id),
    ...createRefChanges(deps, journal, maintenance.request),
    ...createContent(git),
    /** See `GitStore.sweep`. */
    sweep: git.sweep,
    /** See `GitStore.capabilities`. */
    capabilities: ({ id }: Project): Promise<Uint8Array> => git.capabilities(id),
    /** See `GitStore.view`. */
    view: ({ id }: Project): Promise<RepositoryView> => git.view(id),
    /** The most bytes that are read of a request, unpacked. */
    maxRequestBytes: (service: GitService): number =>
      service === 'upload-pack' ? FETCH_REQUEST_BYTES : limits.pushBytes + PUSH_SLACK_BYTES,
  };
}

/** The content of a project's repository; see `ContentReads`. */
const createContent = (git: Deps['git']) => ({
  refs: ({ id }: Project, request: RefRequest) => git.refs(id, request),
  ref: ({ id }: Project, kind: RefKind, name: string) => git.ref(id, kind, name),
  mergedBranches: ({ id }: Project, merged: { into: string; names: readonly string[] }) =>
    git.mergedBranches(id, merged),
  commitOf: ({ id }: Project, revision: string) => git.commitOf(id, revision),
  commits: ({ id }: Project, ids: readonly string[]) => git.commits(id, ids),
  stats: ({ id }: Project, ids: readonly string[]) => git.stats(id, ids),
  diff: ({ id }: Project, request: DiffRequest) => git.diff(id, request),
  mergeBase: ({ id }: Project, commits: readonly [string, string]) => git.mergeBase(id, commits),
  readFile: ({ id }: Project, request: FileRequest) => git.readFile(id, request),
  listTree: ({ id }: Project, request: TreeRequest) => git.listTree(id, request),
  log: ({ id }: Project, request: LogRequest) => git.log(id, request),
  findBlob: ({ id }: Project, blob: string) => git.findBlob(id, blob),
  readBlob: ({ id }: Project, blob: string) => git.readBlob(id, blob),
  /** See `GitStore.streamBlob`. */
  streamBlob: ({ id }: Project, request: BlobRequest) => git.streamBlob(id, request),
  /** See `GitStore.archive`. */
  archive: ({ id }: Project, request: ArchiveRequest) => git.archive(id, request),
});
