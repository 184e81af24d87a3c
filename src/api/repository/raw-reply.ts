import type { Repositories } from '../../domain/repositories/repositories.ts';
import { poolKeysOf } from '../../http/pool-keys.ts';
import { isCurrent, REVALIDATED } from '../../http/replies/conditions.ts';
import { contentDisposition } from '../../http/replies/content-disposition.ts';
import type { ProjectContext } from './project-row.ts';

export interface RawBlob {
  id: string;
  /** In bytes. */
  size: number;
  /** The name that it is saved under. */
  filename: string;
}

/** The largest content that is put into JSON, in bytes. Larger content is only sent raw. */
export const MAX_IN_JSON = 10 * 1024 * 1024;

/** A larger blob is streamed by a git process of its own, which counts as a clone. */
const IN_MEMORY = 1024 * 1024;
/** How much of a blob is looked at to find out whether it is text, as git does. */
const SNIFFED = 8000;

/**
 * The bytes of a blob of a repository. It is shown as text or as bytes and as nothing else: its author may be anyone.
 * @param headers in addition.
 */
export async function rawReply(
  context: ProjectContext,
  repositories: Repositories,
  { id, size, filename }: RawBlob,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { request, facts } = context;
  const all = {
    ...headers,
    ETag: `"${id}"`,
    'Cache-Control': REVALIDATED,
    'Content-Disposition': contentDisposition('inline', filename),
  };
  if (isCurrent(request.headers, `"${id}"`)) return new Response(null, { status: 304, headers: all });
  const sized = { ...all, 'Content-Length': String(size) };
  if (size <= IN_MEMORY) {
    const bytes = await repositories.readBlob(facts.project, id);
    return new Response(new Uint8Array(bytes), { headers: { ...sized, 'Content-Type': typeOf(bytes) } });
  }
  if (request.method === 'HEAD') return new Response(null, { headers: { ...sized, 'Content-Type': BYTES } });
  context.disableIdleTimeout();
  const client = { client: poolKeysOf(context), signal: request.signal };
  const body = await repositories.streamBlob(facts.project, { id, ...client });
  return new Response(context.track(body), { headers: { ...sized, 'Content-Type': BYTES } });
}

const BYTES = 'application/octet-stream';

const typeOf = (bytes: Uint8Array) => (bytes.subarray(0, SNIFFED).includes(0) ? BYTES : 'text/plain; charset=utf-8');
