import { invalidParameter } from '../../lib/errors.ts';
import type { ClientRequest } from './git-request.ts';
import { checkTreePath } from './git-revision.ts';
import { pipeClient, plainPipe } from './pipe-client.ts';
import type { ServeOptions } from './serve-git.ts';

export type ArchiveFormat = 'tar' | 'tar.gz' | 'zip';

export interface ArchiveRequest extends ClientRequest {
  /** A branch, a tag or a commit id. */
  revision: string;
  format: ArchiveFormat;
  /** The folder that everything in the archive is in: `project-1.0`. */
  prefix: string;
  /** Only this file or folder; left out: everything. It exists. */
  path?: string;
  /** The stream ends in an error when it would be larger. */
  maxBytes: number;
}

/** A folder name that every system can unpack, and that git cannot take for an option. */
const PREFIX = /^[\p{L}\p{N}_][\p{L}\p{N}_.+@-]{0,199}$/u;

/**
 * The files of a commit, packed by git while they are read.
 * @param request.revision the id of a commit.
 * @throws PosternError `invalid` for a prefix or path that git must not see.
 */
export async function serveArchive(
  options: Omit<ServeOptions, 'hooks' | 'reachability'>,
  repository: string,
  request: ArchiveRequest,
): Promise<ReadableStream<Uint8Array>> {
  const { revision, format, prefix, path = '', maxBytes, signal } = request;
  if (!PREFIX.test(prefix)) throw invalidParameter('The prefix must be a plain folder name.');
  checkTreePath(path);
  const args = ['--literal-pathspecs', '--git-dir', repository, 'archive', `--format=${format}`, `--prefix=${prefix}/`];
  const child = options.git.start([...args, '--end-of-options', revision, ...(path === '' ? [] : [path])]);
  const { output } = await pipeClient(child, { ...plainPipe(options, signal), input: null, name: 'archive' });
  return atMost(output, maxBytes);
}

/** Passes a stream on until it is longer than the bound; then it ends in an error. */
function atMost(stream: ReadableStream<Uint8Array>, maxBytes: number): ReadableStream<Uint8Array> {
  let size = 0;
  return stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        size += chunk.length;
        if (size > maxBytes) controller.error(new Error(`The archive is larger than ${maxBytes} bytes.`));
        else controller.enqueue(chunk);
      },
    }),
  );
}
