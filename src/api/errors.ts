import { json } from '../http/replies/json.ts';
import type { Problem } from '../http/route.ts';
import { defined } from '../lib/defined.ts';

/**
 * GitLab's bodies, which its clients take apart: `error` for parameters and addresses, `message` for the rest. Where we
 * can say more than GitLab does, `reason` says it; `field` names the wrong parameter.
 */
export function render(problem: Problem, request: Request): Response {
  const { status, body } = problem.reason === 'no_route' ? noRoute(request) : shape(problem);
  return json({ ...body, ...defined({ reason: problem.hint, field: problem.field }) }, status);
}

interface Shape {
  status: number;
  body: Record<string, unknown>;
}

function shape(problem: Problem): Shape {
  const { denial } = problem;
  if (denial) return denied(problem);
  switch (problem.status) {
    case 400:
      return { status: 400, body: problem.part === 'rule' ? { message: problem.message } : { error: problem.message } };
    case 401:
      return unauthorized(problem);
    case 403:
      return { status: 403, body: { message: `403 Forbidden - ${problem.message}` } };
    case 404:
      return { status: 404, body: { message: `404 ${problem.subject ? titleOf(problem.subject) : 'Not found'}` } };
    case 405:
      if (problem.reason === 'method_not_allowed')
        return { status: 405, body: { error: '405 Not Allowed', reason: problem.message } };
      return { status: 405, body: { message: `405 ${problem.message}` } };
    case 409:
      return { status: 409, body: { message: problem.message } };
    default:
      return { status: problem.status, body: { message: `${problem.status} ${problem.message}` } };
  }
}

function noRoute(request: Request): Shape {
  if (/^\/api\/v3(\/|$)/.test(new URL(request.url).pathname))
    return { status: 410, body: { error: 'API V3 is no longer supported. Use API V4 instead.' } };
  return { status: 404, body: { error: '404 Not Found' } };
}

/** Projects, groups, users and the content of repositories are named in a 404; other records are not. */
function titleOf(subject: string): string {
  const named: Record<string, string> = {
    project: 'Project Not Found',
    group: 'Group Not Found',
    user: 'User Not Found',
    namespace: 'Namespace Not Found',
    branch: 'Branch Not Found',
    'git tag': 'Tag Not Found',
    commit: 'Commit Not Found',
    tree: 'Tree Not Found',
    'repository file': 'File Not Found',
    'git blob': 'Blob Not Found',
  };
  return named[subject] ?? 'Not found';
}

function unauthorized(problem: Problem): Shape {
  const described: Record<string, string> = {
    personal_token_expired: 'Token is expired. You can either do re-authorization or token refresh.',
    personal_token_revoked: 'Token was revoked. You have to re-authorize from the user.',
  };
  const description = described[problem.reason];
  if (description !== undefined)
    return { status: 401, body: { error: 'invalid_token', error_description: description } };
  return { status: 401, body: { message: '401 Unauthorized', reason: problem.message } };
}

const SIGN_IN = 'Sign in: send a personal access token in the header PRIVATE-TOKEN, or as Authorization: Bearer.';

/**
 * An anonymous caller gets 404 for private resources and 403 for visible ones; 401 only where the URL names no
 * resource.
 */
function denied({ denial, message }: Problem): Shape {
  if (!denial) throw new Error('no denial');
  if (denial.reason === 'missing_scope') {
    const body = {
      error: 'insufficient_scope',
      error_description: 'The request requires higher privileges than provided by the access token.',
      scope: 'api read_api',
    };
    return { status: 403, body: { ...body, reason: message } };
  }
  if (denial.reveal === 401 && denial.on !== 'instance') {
    return denial.visible ? { status: 403, body: { message: '403 Forbidden', reason: SIGN_IN } } : hidden(denial.on);
  }
  if (denial.reveal === 401) return { status: 401, body: { message: '401 Unauthorized', reason: SIGN_IN } };
  if (denial.reveal === 404) return hidden(denial.on);
  // In GitLab's words, or in its form, which its clients show.
  if (denial.reason === 'package_protected' || denial.reason === 'above_own_role')
    return { status: 403, body: { message: `403 Forbidden - ${message}` } };
  return { status: 403, body: { message: '403 Forbidden', reason: message } };
}

const hidden = (on: string): Shape => ({
  status: 404,
  body: { message: on === 'group' ? '404 Group Not Found' : '404 Project Not Found' },
});
