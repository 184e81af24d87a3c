import type { Problem } from '../../../http/route.ts';
import { CHALLENGE, sentenceOf, statusOf } from '../errors.ts';
import { LFS_TYPE } from './format.ts';

const DOCUMENTATION = 'https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md';

/**
 * Renders a refusal for LFS clients (batch.md, "Response Errors"). The statuses are git's (decision 0002). An LFS
 * client looks for the header `LFS-Authenticate` first, so that a proxy may have a challenge of its own.
 */
export function renderLfs(problem: Problem, _request: Request, requestId: string): Response {
  // batch.md: a full storage quota has a status of its own, after which clients do not retry.
  const status = problem.reason === 'over_quota' ? 507 : statusOf(problem);
  const headers = new Headers({ 'Content-Type': LFS_TYPE, 'Cache-Control': 'no-store' });
  if (status === 401) {
    headers.set('WWW-Authenticate', CHALLENGE);
    headers.set('LFS-Authenticate', CHALLENGE);
  }
  // A missing object or lock is named; a missing project gets git's sentence.
  const message = status === 404 && !problem.denial ? `${problem.message}.` : sentenceOf(problem, status);
  return new Response(JSON.stringify({ message, documentation_url: DOCUMENTATION, request_id: requestId }), {
    status,
    headers,
  });
}
