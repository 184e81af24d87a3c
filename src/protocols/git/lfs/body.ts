import { readBody } from '../../../http/bodies/read-body.ts';
import { preferredType } from '../../../http/replies/accept.ts';
import { parseJson } from '../../../lib/bounded-json.ts';
import { notAcceptable, unprocessable, unsupportedMedia } from '../../../lib/errors.ts';
import { messageOf } from '../../../lib/message-of.ts';
import { LFS_TYPE } from './format.ts';

/** Enough for a batch of a thousand objects. In bytes. */
const MAX_BYTES = 1024 * 1024;

/** Types under which clients accept the answer: older ones do not name the suffix. */
const ACCEPTABLE = [LFS_TYPE, 'application/vnd.git-lfs', 'application/json'] as const;

/** @throws PosternError `not_acceptable` when the client does not accept LFS's media type. */
export function checkAccept(request: Request): void {
  if (preferredType(request.headers.get('accept'), ACCEPTABLE) === null)
    throw notAcceptable(`The answer is ${LFS_TYPE}, which the Accept header does not have.`);
}

/**
 * Reads the JSON body of a request. @throws PosternError for another media type, a body that is too large, or invalid
 * JSON.
 */
export async function readLfs(request: Request): Promise<unknown> {
  checkAccept(request);
  const type = request.headers.get('content-type') ?? LFS_TYPE;
  if (!/^application\/(vnd\.git-lfs\+json|json)\s*(;|$)/i.test(type)) throw unsupportedMedia(`Send ${LFS_TYPE}.`);
  const bytes = await readBody(request, MAX_BYTES);
  try {
    return parseJson(bytes);
  } catch (error) {
    throw unprocessable(`${messageOf(error)}.`);
  }
}

export function lfsReply(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': LFS_TYPE, 'Cache-Control': 'no-store' },
  });
}
