import type { Pace } from './client-watch.ts';
import { type ArchiveRequest, serveArchive } from './git-archive.ts';
import { type BlobRequest, serveBlob } from './git-blob.ts';
import type { GitPools } from './git-pool.ts';
import type { GitLauncher } from './git-process.ts';
import type { ClientRequest, FetchRequest, GitAnswer, GitRequest } from './git-request.ts';
import type { PushHooks } from './push-hooks.ts';
import type { Reachability } from './reachable.ts';
import { type ReceivedRequest, receiveRequest } from './receive-request.ts';
import type { RepositoryFolders } from './repository-folders.ts';
import { serveGit } from './serve-git.ts';

export interface ClientServiceOptions {
  folders: RepositoryFolders;
  /** Starts gits on the repository at a path. */
  gitFor(path: string): Promise<GitLauncher>;
  hooks: PushHooks;
  reachability: Reachability;
  pools: Pick<GitPools, 'clients' | 'largeRequests'>;
  pace: Pace;
  report(message: string, error: unknown): void;
}

/** Serves clients that a git works for as long as they send or take: clones, pushes and archives. */
export function createClientService(options: ClientServiceOptions) {
  const { folders, gitFor, hooks, reachability, pools, pace, report } = options;

  /** Gives `work` a place in the pool, which it releases itself, also later; it is released here when `work` fails. */
  const inPool = async <T>(
    { signal, client }: ClientRequest,
    work: (release: () => void) => Promise<T>,
  ): Promise<T> => {
    const release = await pools.clients.enter(signal, client);
    try {
      return await work(release);
    } catch (error) {
      release();
      throw error;
    }
  };

  const serve = (id: number, request: GitRequest): Promise<GitAnswer> =>
    inPool(request, async (release) => {
      const path = await folders.ensure(id);
      const { suspect } = folders;
      return serveGit({ git: await gitFor(path), hooks, reachability, suspect, pace, report, release }, path, request);
    });

  /** A fetch is small: it is read before it takes a place in the pool. */
  const serveFetch = async (id: number, request: FetchRequest): Promise<GitAnswer> => {
    const { input, signal, client } = request;
    const enterFile = () => pools.largeRequests.enter(signal, client);
    const received = await receiveRequest(input, { folder: folders.temporary, enterFile, pace, signal });
    try {
      return await serve(id, { ...request, input: onceRead(received) });
    } catch (error) {
      await received.discard();
      throw error;
    }
  };

  return {
    /** See `GitStore.serve`. */
    serve: (id: number, request: GitRequest): Promise<GitAnswer> =>
      isWholeFetch(request) ? serveFetch(id, request) : serve(id, request),
    /** See `GitStore.archive`. */
    archive: (id: number, request: ArchiveRequest): Promise<ReadableStream<Uint8Array> | null> =>
      inPool(request, async (release) => {
        const path = await folders.find(id);
        const git = path === null ? null : await gitFor(path);
        const commit = git && path && (await reachability.commitOf(git, path, request.revision));
        if (!git || !path || !commit) {
          release();
          return null;
        }
        return serveArchive({ git, pace, report, release }, path, { ...request, revision: commit });
      }),
    /** See `GitStore.streamBlob`. */
    streamBlob: (id: number, request: BlobRequest): Promise<ReadableStream<Uint8Array>> =>
      inPool(request, async (release) => {
        const path = await folders.ensure(id);
        return serveBlob({ git: await gitFor(path), pace, report, release }, path, request);
      }),
  };
}

const isWholeFetch = (request: GitRequest): request is FetchRequest =>
  request.mode === 'stateless' && request.service === 'upload-pack';

async function* onceRead({ read, discard }: ReceivedRequest): AsyncGenerator<Uint8Array> {
  try {
    yield* read();
  } finally {
    await discard();
  }
}
