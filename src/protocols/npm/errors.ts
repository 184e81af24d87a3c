import { PACKAGES_REALM, packageProblem } from '../../http/package-problem.ts';
import type { Problem } from '../../http/route.ts';

/** npm clients show `error` or `message`. The text is GitLab's; the reason says how to fix the request. */
export function render(problem: Problem, request: Request): Response {
  const { status, message, reason, headers } = packageProblem(known(problem));
  headers.set('Content-Type', 'application/json');
  const isBearer = /^bearer /i.test(request.headers.get('authorization') ?? '');
  if (status === 401 && problem.credential && isBearer) headers.set('WWW-Authenticate', badToken(problem.message));
  return new Response(JSON.stringify(wordsOf(problem, message, reason)), { status, headers });
}

/**
 * A challenge for a bearer token. For a Basic challenge npm shows "Incorrect or missing password" and sends the user to
 * npmjs.com; for this one it says that the token seems to be invalid. Bun shows it unchanged. RFC 6750 section 3.
 */
const badToken = (message: string) =>
  `Bearer realm="${PACKAGES_REALM}", error="invalid_token", error_description="${message.replace(/["\\]/g, '')}"`;

/** A version that exists is 403, as in GitLab. */
const known = (problem: Problem): Problem =>
  problem.status === 409 && problem.subject !== 'package revision' ? { ...problem, status: 403 } : problem;

function wordsOf(problem: Problem, message: string, reason: string | null): { message: string; error: string } {
  if (problem.subject === 'package') return { message: '404 Packages Not Found', error: 'Packages not found' };
  if (problem.denial === undefined && [403, 409].includes(problem.status))
    return { message: problem.message, error: problem.message };
  return { message, error: reason === null ? message : `${message} - ${reason}` };
}
