import type { Permission } from '../../authz/permissions.ts';
import type { Problem } from '../../http/route.ts';

export const CHALLENGE = 'Basic realm="GitLab"';

/**
 * Git prints the body of a refusal if it is plain text. The status policy is decision 0002: 401 for missing or wrong
 * credentials and for a token that does not reach the project; 403 with a sentence for a permission that a token or
 * role does not have; 404 for a project that does not exist, to clients that may know. A missing project and one that
 * the client may not see get the same response.
 */
export function render(problem: Problem): Response {
  const status = statusOf(problem);
  const headers = new Headers({ 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  if (status === 401) headers.set('WWW-Authenticate', CHALLENGE);
  return new Response(`${sentenceOf(problem, status)}\n`, { status, headers });
}

export function statusOf({ status, denial }: Problem): number {
  return denial?.reason === 'outside_reach' ? 401 : status;
}

/** The first sentence of GitLab, which scripts look for. */
const REFUSED: Partial<Record<Permission, string>> = {
  download_code: 'You are not allowed to download code.',
  push_code: 'You are not allowed to upload code.',
};

/** The sentence for the person; the status decides how much it reveals. */
export function sentenceOf(problem: Problem, status: number): string {
  if (status === 401) {
    return `HTTP Basic: Access denied. ${problem.credential ? problem.message : 'Use a user name and a deploy token or personal access token that reaches this project.'}`;
  }
  if (status === 404)
    return "The project you were looking for could not be found or you don't have permission to view it.";
  const first = problem.denial && REFUSED[problem.denial.permission];
  return first ? `${first} ${problem.message}` : problem.message;
}
