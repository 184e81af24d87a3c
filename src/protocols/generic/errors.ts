import { packageProblem } from '../../http/package-problem.ts';
import type { Problem } from '../../http/route.ts';

/**
 * GitLab's bodies: `error` for a parameter, `message` otherwise; `reason` is an addition. curl shows them unchanged.
 */
export function render(problem: Problem): Response {
  // A duplicate file is 400 in GitLab, and scripts rely on that.
  const { status, message, reason, headers } = problem.status === 409 ? duplicate(problem) : packageProblem(problem);
  const words = problem.part === 'parameter' ? { error: message } : { message };
  headers.set('Content-Type', 'application/json');
  return new Response(JSON.stringify(reason === null ? words : { ...words, reason }), { status, headers });
}

const duplicate = (problem: Problem) =>
  packageProblem({ ...problem, status: 400, message: `400 Bad request - ${problem.message}` });
