import type { GitRequest, GitService } from '../../store/git/git-store.ts';
import type { RefPage, RefRequest, RepositoryView } from '../../store/git/git-view.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';

export type { GitRequest, GitService } from '../../store/git/git-store.ts';
export type { RefPage, RefRequest, RepositoryView } from '../../store/git/git-view.ts';

export type Repositories = ReturnType<typeof createRepositories>;

/** The largest request of a fetch, unpacked: what it wants and what it has, a line each. A million lines fit. */
const FETCH_REQUEST_BYTES = 64 * 1024 * 1024;
/**
 * So that git is the first to say that a push is too large, to the person who pushes: it lags behind what has arrived.
 */
const PUSH_SLACK_BYTES = 64 * 1024 * 1024;

export function createRepositories({ git, limits }: Deps) {
  return {
    /** See `GitStore.serve`. */
    serve: (project: Project, request: GitRequest): Promise<ReadableStream<Uint8Array>> =>
      git.serve(project.id, request),
    capabilities: git.capabilities,
    /** See `GitStore.view`. */
    view: ({ id }: Project): Promise<RepositoryView> => git.view(id),
    /** See `GitStore.refs`. */
    refs: ({ id }: Project, request: RefRequest): Promise<RefPage> => git.refs(id, request),
    /** The most bytes that are read of a request, unpacked. */
    maxRequestBytes: (service: GitService): number =>
      service === 'upload-pack' ? FETCH_REQUEST_BYTES : limits.pushBytes + PUSH_SLACK_BYTES,
  };
}
