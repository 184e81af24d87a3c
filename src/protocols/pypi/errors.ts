import { packageProblem } from '../../http/package-problem.ts';
import type { Problem } from '../../http/route.ts';

/**
 * GitLab's body, with the reason appended to its text: twine shows it with --verbose, poetry always. Otherwise twine
 * shows only the status line, which the runtime writes.
 */
export function render(problem: Problem): Response {
  const { status, message, reason, headers } = packageProblem(known(problem));
  headers.set('Content-Type', 'application/json');
  const words = reason === null ? message : `${message} - ${reason}`;
  return new Response(JSON.stringify({ message: words }), { status, headers });
}

/**
 * twine's `--skip-existing` looks for 400 and "already been taken". Other invalid requests are 400 too, as in GitLab.
 */
function known(problem: Problem): Problem {
  const { status, message } = problem;
  if (status === 409) return { ...problem, status: 400, message: TAKEN };
  return [400, 422].includes(status) ? { ...problem, status: 400, message: `400 Bad request - ${message}` } : problem;
}

const TAKEN = '400 Bad request - Validation failed: File name has already been taken';
