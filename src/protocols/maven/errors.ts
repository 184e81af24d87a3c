import { packageProblem } from '../../http/package-problem.ts';
import type { Problem } from '../../http/route.ts';

/**
 * GitLab's `message`, and the same as RFC 9457 has it: Maven 3.9.10 and later show `detail` to their users. Older ones,
 * and Gradle, show the status alone.
 */
export function render(problem: Problem): Response {
  const { status, message, reason, headers } = packageProblem(known(problem));
  headers.set('Content-Type', 'application/problem+json');
  return new Response(JSON.stringify({ message, status, title: message, detail: reason ?? message }), {
    status,
    headers,
  });
}

function known(problem: Problem): Problem {
  // Of 403 Maven says that the authorization failed. RFC 4918 section 11.5 has a status of its own for a lack of room.
  if (problem.reason === 'over_quota') return { ...problem, status: 507 };
  // A file that must not be published twice is a bad request to GitLab, a digest that is another one a conflict.
  const isDuplicate = problem.status === 409 && problem.subject !== 'digest';
  return isDuplicate ? { ...problem, status: 400, message: `400 Bad request - ${problem.message}` } : problem;
}
