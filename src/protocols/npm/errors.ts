import { packageProblem } from '../../http/package-problem.ts';
import type { Problem } from '../../http/route.ts';

/** npm and its kin show `error` to their users, or `message`; the words are GitLab's, the reason says what to do. */
export function render(problem: Problem): Response {
  const { status, message, reason, headers } = packageProblem(known(problem));
  headers.set('Content-Type', 'application/json');
  return new Response(JSON.stringify(wordsOf(problem, message, reason)), { status, headers });
}

/** A version that is there already is forbidden here, as with GitLab. */
const known = (problem: Problem): Problem =>
  problem.status === 409 && problem.subject !== 'package revision' ? { ...problem, status: 403 } : problem;

function wordsOf(problem: Problem, message: string, reason: string | null): { message: string; error: string } {
  if (problem.subject === 'package') return { message: '404 Packages Not Found', error: 'Packages not found' };
  if (problem.denial === undefined && [403, 409].includes(problem.status))
    return { message: problem.message, error: problem.message };
  return { message, error: reason === null ? message : `${message} - ${reason}` };
}
