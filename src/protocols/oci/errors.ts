import { actionOf } from '../../authz/permissions.ts';
import { SERVICE } from '../../domain/images/access-tokens.ts';
import { isImageName } from '../../domain/images/names.ts';
import type { Links } from '../../http/links.ts';
import type { Matched, Problem, Protocol } from '../../http/route.ts';

/**
 * The codes of errors. OCI distribution-spec 1.1, "Error Codes", and further codes that clients know;
 * `MANIFEST_REFERENCED` is of GitLab's registry.
 */
export type ErrorCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_REFERENCED'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'PAGINATION_NUMBER_INVALID'
  | 'SIZE_INVALID'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'UNSUPPORTED'
  | 'TOOMANYREQUESTS'
  | 'UNAVAILABLE'
  | 'UNKNOWN';

export interface RegistryError {
  code: ErrorCode;
  message: string;
  detail?: unknown;
}

/** An answer that says no, in the protocol's own shape. */
export function errorResponse(
  status: number,
  errors: readonly RegistryError[],
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify({ errors }), {
    status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
  });
}

/** The code for a wrong request, by the part that is wrong. */
const INVALID: Record<string, ErrorCode> = {
  'image name': 'NAME_INVALID',
  digest: 'DIGEST_INVALID',
  manifest: 'MANIFEST_INVALID',
  tag: 'MANIFEST_INVALID',
  upload: 'BLOB_UPLOAD_INVALID',
  page: 'PAGINATION_NUMBER_INVALID',
};

const UNKNOWN: Record<string, ErrorCode> = {
  blob: 'BLOB_UNKNOWN',
  upload: 'BLOB_UPLOAD_UNKNOWN',
  manifest: 'MANIFEST_UNKNOWN',
  image: 'NAME_UNKNOWN',
  registry: 'UNAVAILABLE',
};

const BY_STATUS: Record<number, ErrorCode> = {
  401: 'UNAUTHORIZED',
  403: 'DENIED',
  404: 'NAME_UNKNOWN',
  405: 'UNSUPPORTED',
  409: 'BLOB_UPLOAD_INVALID',
  413: 'SIZE_INVALID',
  429: 'TOOMANYREQUESTS',
  503: 'UNAVAILABLE',
  507: 'UNAVAILABLE',
};

function codeOf({ status, subject, reason }: Problem): ErrorCode {
  if (reason === 'invalid') return INVALID[subject ?? ''] ?? 'UNSUPPORTED';
  if (reason === 'not_found' && subject !== undefined) return UNKNOWN[subject] ?? 'NAME_UNKNOWN';
  if (reason === 'conflict' && subject === 'manifest') return 'MANIFEST_REFERENCED';
  if (reason === 'no_route') return 'UNSUPPORTED';
  return BY_STATUS[status] ?? 'UNKNOWN';
}

/**
 * Clients that push ask for both, and are stopped by the first that is missing: the sentence says what they will need.
 */
const PUSH_NEEDS_BOTH = ' Clients that push need read_registry and write_registry.';

/** A missing and a hidden resource get the same answer; the reason of the denial is for the log. */
const NOT_SEEN = 'There is no such project, or it cannot be seen with this credential.';

function sentenceOf({ status, denial, message }: Problem): string {
  if (denial && status === 404) return NOT_SEEN;
  return denial?.reason === 'missing_scope' ? message + PUSH_NEEDS_BOTH : message;
}

export function renderFor(links: Links): Protocol['render'] {
  return (problem, request, _id, matched) => {
    // A client that can reach the one host may not be able to reach the other.
    const base = links.isForRegistry(request.headers.get('host')) ? links.registry() : links.base();
    const headers =
      problem.status === 401 ? { 'WWW-Authenticate': challenge(base, problem, scopesOf(request, matched)) } : undefined;
    return errorResponse(problem.status, [{ code: codeOf(problem), message: sentenceOf(problem) }], headers);
  };
}

/**
 * Tells where to get a bearer token, and for what. Clients take the scope from here word by word.
 * https://distribution.github.io/distribution/spec/auth/token/
 */
function challenge(base: string, problem: Problem, scopes: readonly string[]): string {
  const error = problem.credential
    ? 'invalid_token'
    : problem.denial?.reason === 'not_granted'
      ? 'insufficient_scope'
      : null;
  return [
    `Bearer realm="${base}/jwt/auth"`,
    `service="${SERVICE}"`,
    ...(scopes.length === 0 ? [] : [`scope="${scopes.join(' ')}"`]),
    ...(error === null ? [] : [`error="${error}"`]),
  ].join(',');
}

/**
 * A mount also reads from another image: with a token for one image it could only be answered with an upload.
 */
function scopesOf(request: Request, matched: Matched | undefined): string[] {
  const scope = scopeOf(matched);
  if (scope === null) return [];
  const query = URL.parse(request.url, 'http://host')?.searchParams;
  const from = request.method === 'POST' && query?.has('mount') ? query.get('from') : null;
  return from !== null && isImageName(from) ? [scope, `repository:${from}:pull`] : [scope];
}

/** The scope that a token needs at this route. */
function scopeOf(matched: Matched | undefined): string | null {
  const access = matched?.route.access;
  if (!matched || !access || access.on === 'anyone') return null;
  const action = actionOf(access.permission);
  if (access.permission === 'list_images') return 'registry:catalog:*';
  if (access.on !== 'project' || action === undefined) return null;
  const name = matched.params[access.param] ?? '';
  // The name is quoted in a header: one that is none is left out.
  return isImageName(name) ? `repository:${name}:${action === 'push' ? 'pull,push' : action}` : null;
}

/** The token service speaks the same, and asks for a user name and password. */
export const renderTokenProblem: Protocol['render'] = (problem) =>
  errorResponse(
    problem.status,
    [
      {
        code: codeOf(problem),
        message: problem.status === 401 ? `HTTP Basic: Access denied. ${problem.message}` : sentenceOf(problem),
      },
    ],
    problem.status === 401 ? { 'WWW-Authenticate': 'Basic realm="GitLab"' } : undefined,
  );
