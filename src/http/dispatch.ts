import type { Actor } from '../authz/actor.ts';
import { userIdOf } from '../authz/actor-kinds.ts';
import { Denied } from '../authz/denied.ts';
import type { Facts, Access as FactsAccess } from '../domain/access/facts.ts';
import { Admission } from '../gate/admission.ts';
import type { Caller, Gate } from '../gate/gate.ts';
import { type MaybePromise, thenMaybe } from '../lib/maybe-promise.ts';
import type { OpenBodies } from './bodies/open-bodies.ts';
import { refuseRange } from './bodies/refuse-range.ts';
import { clientAddress } from './client-address.ts';
import type { Connection } from './connection.ts';
import { findTarget } from './find-target.ts';
import type { Links } from './links.ts';
import { CLIENT_LEFT, DISK_FULL, FAULT, OUTAGE, problemOf, problemOfRefusal, simpleProblem } from './problem.ts';
import { readCredential } from './read-credential.ts';
import { refuseSudo } from './refuse-sudo.ts';
import { answerMoved } from './replies/moved.ts';
import { createRequestContext } from './request-context.ts';
import { RequestLog, type RequestObserver } from './request-log.ts';
import type { Problem, Protocol, RequestContext } from './route.ts';
import { createRouter, type Match } from './router.ts';

export interface HttpDeps {
  gate: Gate;
  access: FactsAccess;
  observer: RequestObserver;
  links: Links;
  bodies: OpenBodies;
  trustedProxies: Parameters<typeof clientAddress>[2];
  /** Clients reach the server by TLS: here, or at a proxy before it. */
  secure: boolean;
  /** Whether a thrown value says that the database or the storage cannot be reached. */
  isOutage(error: unknown): boolean;
  /** Whether a thrown value says that the disk is full. */
  isDiskFull(error: unknown): boolean;
}

export type Dispatch = (request: Request, connection: Connection) => Promise<Response>;

/** The way of a request: match a row, find out who asks, gather facts, decide, handle. */
export function createDispatch(deps: HttpDeps, protocols: readonly Protocol[]): Dispatch {
  const everywhere = createRouter(protocols);
  const onRegistryHost = createRouter(protocols.filter((protocol) => protocol.onRegistryHost));
  const addHeaders = createAddHeaders(protocols, deps.secure ? STRICT_TRANSPORT : {});
  return async (request, connection) => {
    const host = request.headers.get('host');
    const router = deps.links.isForRegistry(host) ? onRegistryHost : everywhere;
    const ip = clientAddress(connection.peer, request.headers.get('x-forwarded-for'), deps.trustedProxies);
    const log = new RequestLog(deps.observer, request, ip, deps.bodies.pace);
    const address = splitUrl(request.url);
    const match = router.match(request.method, address.path, address.query);
    const protocol = match?.protocol ?? router.protocolFor(address.path);
    const refused = (problem: Problem) => {
      // The catch-all row found nothing at an address that is for something else.
      const others = match?.route.catchAll && NOT_THERE.includes(problem.status) ? router.allowed(address.path) : [];
      return refuse(protocol, others.length > 0 ? notTaken(others) : problem, request, log, match);
    };
    let response: Response;
    try {
      const problemOrResponse = !isHost(host)
        ? BAD_HOST
        : match
          ? await handle(deps, match, request, connection, address.query, ip, log)
          : await unmatched(deps, protocol, request, { ip, log }, router.allowed(address.path));
      response = problemOrResponse instanceof Response ? problemOrResponse : refused(problemOrResponse);
    } catch (thrown) {
      const error = await afterLookUps(deps.access, thrown, log.actor);
      const ours = () => (request.signal.aborted ? CLIENT_LEFT : log.fault(error, problemOfFault(deps, error)));
      response = refused(problemOf(error) ?? ours());
    }
    return log.finish(addHeaders(response, protocol, log), request.method === 'HEAD');
  };
}

/**
 * Makes the look-ups that a refusal owes a hidden target, as the gate does.
 * @returns what was thrown, or the error of a look-up that failed.
 */
async function afterLookUps(access: FactsAccess, thrown: unknown, actor: Actor): Promise<unknown> {
  if (!(thrown instanceof Denied) || thrown.hidden === null) return thrown;
  return access.completeLookUps(thrown.hidden, userIdOf(actor)).then(
    () => thrown,
    (failure: unknown) => failure,
  );
}

const problemOfFault = ({ isDiskFull, isOutage }: HttpDeps, error: unknown): Problem =>
  isDiskFull(error) ? DISK_FULL : isOutage(error) ? OUTAGE : FAULT;

const BAD_HOST = simpleProblem(400, 'bad_host', 'The Host header is not one host name.');

/**
 * The runtime puts the address together of `Host` and the request line. A `Host` with a slash in it would move the
 * path: what a proxy in front let through as one address would be another one here. RFC 9112 section 3.2.
 */
const isHost = (host: string | null) => host === null || /^[A-Za-z0-9._~:[\]-]*$/.test(host);

/**
 * The raw path, escapes and all, and the query. `Request.url` is absolute and normalised by the runtime, but for a
 * request of HTTP/1.0 without a host: that is a path alone.
 */
function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const start = url.startsWith('/') ? 0 : url.indexOf('/', url.indexOf('//') + 2);
  const mark = url.indexOf('?', start);
  const path = start < 0 ? '/' : mark < 0 ? url.slice(start) : url.slice(start, mark);
  return { path, query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)) };
}

function handle(
  deps: HttpDeps,
  match: Match,
  request: Request,
  connection: Connection,
  query: URLSearchParams,
  ip: string,
  log: RequestLog,
): MaybePromise<Response | Problem> {
  const { protocol, route, params } = match;
  log.matched(protocol, route);
  refuseRange(request, route);
  refuseSudo(request, query, route);
  const answer = (admission: Admission, facts: Facts | null): MaybePromise<Response> | Problem => {
    const moved = facts === null ? null : answerMoved(route, facts, request, deps.links);
    if (moved) return moved;
    const { bodies } = deps;
    const context = createRequestContext({ request, connection, route, bodies, params, query, admission, facts, log });
    // The row's access and its handler agree by type; here, where rows of all kinds meet, that is forgotten.
    return (route.handler as (context: RequestContext) => MaybePromise<Response>)(context);
  };
  const origin = originOf(protocol, ip, log);
  const { access } = route;
  if (access.on === 'anyone') return answer(deps.gate.open(origin, log), null);
  return thenMaybe(protocol.credentialOf?.(request) ?? null, (own): MaybePromise<Response | Problem> => {
    const presented = { credential: own ?? readCredential(request.headers, query), policy: protocol.credentials };
    const find = (caller: Caller) => findTarget(deps.access, access, params, caller);
    return thenMaybe(deps.gate.admit(presented, find, access.permission, origin, log), (admitted) =>
      admitted instanceof Admission ? answer(admitted, admitted.target) : problemOfRefusal(admitted),
    );
  });
}

const originOf = ({ name, usageName }: Protocol, ip: string, log: RequestLog) => ({
  ip,
  requestId: log.id,
  protocol: usageName ?? name,
  counted: usageName !== undefined,
});

/** Nothing is decided where there is nothing, but whose session it is says for whom the page that says so is made. */
async function unmatched(
  deps: HttpDeps,
  protocol: Protocol,
  request: Request,
  { ip, log }: { ip: string; log: RequestLog },
  allowed: readonly string[],
): Promise<Problem> {
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const credential = reads ? await protocol.credentialOf?.(request) : null;
  if (credential?.kind === 'session')
    log.authenticated(
      await deps.gate.identify({ credential, policy: protocol.credentials }, originOf(protocol, ip, log)),
    );
  if (allowed.length === 0) return simpleProblem(404, 'no_route', 'Nothing is served at this address.');
  return notTaken(allowed);
}

/** A caller who may not see an address gets the same response as for an address without content. */
const NOT_THERE = [401, 404];

function notTaken(allowed: readonly string[]): Problem {
  const problem = simpleProblem(405, 'method_not_allowed', `This address takes ${allowed.join(', ')}.`);
  return { ...problem, allow: allowed.includes('GET') ? ['HEAD', ...allowed] : allowed };
}

function refuse(protocol: Protocol, problem: Problem, request: Request, log: RequestLog, match?: Match): Response {
  log.refused(problem);
  const response = protocol.render(problem, request, log.id, match, log.actor);
  if (problem.allow) response.headers.set('Allow', problem.allow.join(', '));
  if (problem.retryAfterSeconds > 0) response.headers.set('Retry-After', String(problem.retryAfterSeconds));
  return response;
}

/**
 * Headers of every response: no MIME sniffing, no framing, no referrer to other sites.
 * A protocol, and within it an answer, may say otherwise.
 */
const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

/**
 * For a year browsers send requests to this host over TLS alone, so that nobody on the way can make them begin without
 * it. Subdomains are not included: they may be other servers. RFC 6797 section 6.1.
 */
const STRICT_TRANSPORT = { 'Strict-Transport-Security': 'max-age=31536000' } as const;

function createAddHeaders(protocols: readonly Protocol[], transport: Record<string, string>) {
  const byProtocol = new Map(
    protocols.map((protocol) => [protocol, Object.entries({ ...HEADERS, ...transport, ...protocol.headers })]),
  );
  return (response: Response, protocol: Protocol, log: RequestLog): Response => {
    const { headers } = response;
    headers.set('X-Request-Id', log.id);
    headers.set('X-Runtime', log.elapsedSeconds());
    for (const [name, value] of byProtocol.get(protocol) ?? []) if (!headers.has(name)) headers.set(name, value);
    return response;
  };
}
