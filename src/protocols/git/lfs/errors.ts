import type { Problem } from '../../../http/route.ts';
import { CHALLENGE, sentenceOf, statusOf } from '../errors.ts';
import { LFS_TYPE } from './format.ts';

const DOCUMENTATION = 'https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md';

/**
 * A refusal as LFS clients read it (batch.md, "Response Errors"). The statuses are git's, decision 0002. An LFS client
 * looks for its own challenge first, so that a web server in front may have another.
 */
export function renderLfs(problem: Problem, _request: Request, requestId: string): Response {
  // batch.md: no room left has a status of its own, after which clients do not try again.
  const status = problem.reason === 'over_quota' ? 507 : statusOf(problem);
  const headers = new Headers({ 'Content-Type': LFS_TYPE, 'Cache-Control': 'no-store' });
  if (status === 401) {
    headers.set('WWW-Authenticate', CHALLENGE);
    headers.set('LFS-Authenticate', CHALLENGE);
  }
  // What is missing below the project is told by its own name; the project itself as git tells it.
  const message = status === 404 && !problem.denial ? `${problem.message}.` : sentenceOf(problem, status);
  return new Response(JSON.stringify({ message, documentation_url: DOCUMENTATION, request_id: requestId }), {
    status,
    headers,
  });
}
