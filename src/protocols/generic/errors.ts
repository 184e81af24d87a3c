import { packageProblem } from '../../http/package-problem.ts';
import type { Problem } from '../../http/route.ts';

/**
 * GitLab's bodies: `error` for a parameter, `message` for the rest; `reason` is what we add. curl shows them as they
 * are.
 */
export function render(problem: Problem): Response {
  // A file that must not be published twice is a bad request to GitLab, and to scripts that look for it.
  const { status, message, reason, headers } = problem.status === 409 ? duplicate(problem) : packageProblem(problem);
  const words = problem.part === 'parameter' ? { error: message } : { message };
  headers.set('Content-Type', 'application/json');
  return new Response(JSON.stringify(reason === null ? words : { ...words, reason }), { status, headers });
}

const duplicate = (problem: Problem) =>
  packageProblem({ ...problem, status: 400, message: `400 Bad request - ${problem.message}` });
