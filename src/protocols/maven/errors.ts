import { packageProblem } from '../../http/package-problem.ts';
import type { Problem } from '../../http/route.ts';

/**
 * GitLab's `message`, and the same as RFC 9457 has it: Maven 3.9.10 and later show `detail` to their users. Older ones, and Gradle,
 * show the status alone.
 */
export function render(problem: Problem): Response {
  // A file that must not be published twice is a bad request to GitLab, a digest that is another one a conflict.
  const known =
    problem.status === 409 && problem.subject !== 'digest'
      ? { ...problem, status: 400, message: `400 Bad request - ${problem.message}` }
      : problem;
  const { status, message, reason, headers } = packageProblem(known);
  headers.set('Content-Type', 'application/problem+json');
  return new Response(JSON.stringify({ message, status, title: message, detail: reason ?? message }), {
    status,
    headers,
  });
}
