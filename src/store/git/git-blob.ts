import { type GitLauncher, gitFailure } from './git-process.ts';
import type { ClientRequest } from './git-request.ts';
import { pipeClient, plainPipe } from './pipe-client.ts';
import type { Reachability } from './reachable.ts';
import type { ServeOptions } from './serve-git.ts';

export interface BlobFound {
  id: string;
  /** In bytes. */
  size: number;
}

/** A blob that is known to be there. */
export interface BlobRequest extends ClientRequest {
  id: string;
}

/** The id of an object, in full. */
const OBJECT_ID = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/** @returns null for an object that is no blob, or that no visible ref leads to. */
export async function findBlob(
  reachability: Reachability,
  git: GitLauncher,
  repository: string,
  id: string,
): Promise<BlobFound | null> {
  if (!OBJECT_ID.test(id)) return null;
  const child = git.start(['--git-dir', repository, 'cat-file', '--batch-check=%(objecttype) %(objectsize)']);
  child.stdin.write(`${id}\n`);
  await child.stdin.end();
  const [out, end] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  if (end.code !== 0) throw gitFailure('cat-file', end, child);
  const [, size] = /^blob (\d+)\n$/.exec(out) ?? [];
  if (size === undefined || !(await reachability.isReachable(git, repository, id))) return null;
  return { id, size: Number(size) };
}

/** Sends a blob while git reads it. @throws as `pipeClient`. */
export async function serveBlob(
  options: Omit<ServeOptions, 'hooks' | 'reachability'>,
  repository: string,
  { id, signal }: BlobRequest,
): Promise<ReadableStream<Uint8Array>> {
  const child = options.git.start(['--git-dir', repository, 'cat-file', 'blob', id]);
  return (await pipeClient(child, { ...plainPipe(options, signal), input: null, name: 'cat-file' })).output;
}
