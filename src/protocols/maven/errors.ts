import { packageProblem } from '../../http/package-problem.ts';
import type { Problem } from '../../http/route.ts';

/**
 * GitLab's `message`, and the fields of RFC 9457: Maven 3.9.10 and later show `detail`. Older ones, and Gradle, show
 * only the status.
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
  // For 403 Maven reports a failed authorization. RFC 4918 section 11.5 has a status for insufficient storage.
  if (problem.reason === 'over_quota') return { ...problem, status: 507 };
  // A duplicate file is 400 in GitLab, a wrong digest 409.
  const isDuplicate = problem.status === 409 && problem.subject !== 'digest';
  return isDuplicate ? { ...problem, status: 400, message: `400 Bad request - ${problem.message}` } : problem;
}
