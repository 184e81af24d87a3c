import type { Problem } from '../../http/route.ts';

const CHALLENGE = 'Basic realm="GitLab"';

/**
 * Git prints the body of a refusal when it is plain text. The status policy (protocols of GitLab, and decision 0002):
 * 401 for no or wrong credentials and for a token that does not reach the project; 403 with a sentence for what a token
 * or role may not do; 404 for what does not exist, to those who may know. A missing project and one that may not be
 * seen are answered alike.
 */
export function render(problem: Problem): Response {
  const status = statusOf(problem);
  const headers = new Headers({ 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  if (status === 401) headers.set('WWW-Authenticate', CHALLENGE);
  return new Response(`${sentenceOf(problem, status)}\n`, { status, headers });
}

function statusOf({ status, denial }: Problem): number {
  if (denial?.reason === 'outside_reach' || denial?.reason === 'token_inactive') return 401;
  return status;
}

function sentenceOf(problem: Problem, status: number): string {
  if (status === 401) {
    return `HTTP Basic: Access denied. ${problem.credential ? problem.message : 'Use a user name and a deploy token or personal access token that reaches this project.'}`;
  }
  if (status === 404)
    return "The project you were looking for could not be found or you don't have permission to view it.";
  return problem.message;
}
