import {
  type Facts,
  type GroupFacts,
  type InstanceFacts,
  type ProjectFacts,
  subjectOf,
} from '../domain/access/facts.ts';
import type { VisibilityFilter } from '../domain/access/visibility-filter.ts';
import { readFields } from '../http/bodies/read-fields.ts';
import type { Links } from '../http/links.ts';
import type { Access, RequestContext, Route } from '../http/route.ts';
import { unsupportedMedia } from '../lib/errors.ts';
import { clearFlash, hasFlash, setFlash, withoutFlash } from './flash.ts';
import { checkFormToken, checkOrigin, formToken, originOf, untoldFormToken } from './forgery.ts';
import { pageReply } from './page-reply.tsx';
import { sessionOf } from './session-cookie.ts';
import type { Page, Visit, Web } from './visit.ts';

export type { Diagnostics, Page, Visit, Web } from './visit.ts';

interface FactsByAccess {
  project: ProjectFacts;
  group: GroupFacts;
  instance: InstanceFacts;
  anyone: null;
}

/** The facts that a row with this access gathers before its handler runs. */
type FactsOf<A extends Access> = FactsByAccess[A['on']];

type Made = Page | Response | Promise<Page | Response>;

/** The row of a page. A project or group that moved is sent on to its address of today. */
export function pageRow<A extends Access>(
  web: Web,
  path: string,
  access: A,
  show: (visit: Visit<FactsOf<A>>) => Made,
): Route {
  const handler = async (context: RequestContext<FactsOf<A>>) => {
    const moved = addressToday(path, access, context);
    if (moved !== null) return redirect(moved, 301);
    const flashed = hasFlash(context.request, web.links);
    const response = await reply(web, context, show, flashed);
    return flashed ? clearFlash(response, web.links) : response;
  };
  return row('GET', path, access, handler);
}

/**
 * The row of a form: it is run only for a form that a page of ours sent, for the session that presents it. There is no
 * other way to make a row that changes something, so none can forget to ask.
 */
export function formRow<A extends Access>(
  web: Web,
  path: string,
  access: A,
  act: (visit: Visit<FactsOf<A>>, form: URLSearchParams) => Made,
): Route {
  const handler = async (context: RequestContext<FactsOf<A>>) => {
    const { request } = context;
    const origin = originOf(request, web.links);
    const form = await readForm(request);
    checkFormToken(form, sessionOf(request, web.links), origin);
    return setFlash(await reply(web, context, (visit) => act(visit, form)), request, web.links);
  };
  return row('POST', path, access, handler);
}

/** A form that a page of ours sent. @throws PosternError when it is none, or came from elsewhere. */
export function readOwnForm(request: Request, links: Links): Promise<URLSearchParams> {
  checkOrigin(request, links);
  return readForm(request);
}

function readForm(request: Request): Promise<URLSearchParams> {
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers.get('content-type') ?? ''))
    throw unsupportedMedia('This address accepts only forms.');
  return readFields(request);
}

/** Sends the browser on to a page of ours; after a form with a GET, so that a reload does not send it again. */
export function redirect(path: string, status: 301 | 303 = 303, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers: { ...headers, Location: path } });
}

/**
 * The row's access and its handler agree by this function's type; a union of all rows cannot say that of a type
 * parameter.
 */
function row<F>(
  method: 'GET' | 'POST',
  path: string,
  access: Access,
  handler: (context: RequestContext<F>) => unknown,
): Route {
  return { method, path, access, handler } as Route;
}

async function reply<F>(
  web: Web,
  context: RequestContext<F>,
  make: (visit: Visit<F>) => Made,
  flashed = false,
): Promise<Response> {
  const visit = await visitOf(web, context, flashed);
  const made = await make(visit);
  return made instanceof Response ? made : pageReply(visit, made);
}

async function visitOf<F>(web: Web, context: RequestContext<F>, flashed: boolean): Promise<Visit<F>> {
  const { actor, facts, params, query, request } = context;
  const now = web.now();
  const secret = sessionOf(request, web.links);
  const user = userOf(actor);
  const visibilityFilter = { userId: user?.id ?? null, admin: user?.admin ?? false, now };
  return {
    context,
    facts,
    params,
    query: flashed ? query : withoutFlash(query),
    actor: user,
    can: (permission) => context.permit(permission).allow,
    visibilityFilter,
    openAbove: await openAbove(web, visibilityFilter, facts as Facts | null),
    now,
    formToken: user && secret !== null ? formToken(secret) : '',
    untoldFormToken: () => (user && secret !== null ? untoldFormToken(secret) : ''),
  };
}

/** The user of the session; null if nobody is signed in. */
export function userOf(actor: RequestContext['actor']): Visit['actor'] {
  if (actor.kind !== 'user' || actor.sessionId === undefined) return null;
  const { id, username, admin, sessionId } = actor;
  return { id, username, admin, sessionId };
}

/** A visit to a page that found out for itself what it is about, as one that its row found. */
export async function visitAt<F extends Facts>(web: Web, visit: Visit, facts: F): Promise<Visit<F>> {
  const { context } = visit;
  const permit: RequestContext['permit'] = (permission) => context.permitOn(facts, permission);
  const require: RequestContext['require'] = (permission) => context.requireOn(facts, permission);
  const confirm: RequestContext['confirm'] = () => {
    throw new Error('a page that finds out for itself what it is about changes it by `confirmOn`');
  };
  const at: RequestContext<F> = { ...context, facts, permit, require, confirm };
  const above = await openAbove(web, visit.visibilityFilter, facts);
  return { ...visit, context: at, facts, can: (permission) => permit(permission).allow, openAbove: above };
}

const NONE: ReadonlySet<string> = new Set();

async function openAbove(
  { services }: Web,
  visibilityFilter: VisibilityFilter,
  facts: Facts | null,
): Promise<ReadonlySet<string>> {
  return facts?.on === 'project' || facts?.on === 'group'
    ? services.groups.seenAbove(visibilityFilter, facts.lineage)
    : NONE;
}

/** Where a page is today that was asked for by the path its project or group had before; null: it did not move. */
function addressToday(
  pattern: string,
  access: Access,
  { facts, params, request }: RequestContext<unknown>,
): string | null {
  const place = facts as ProjectFacts | GroupFacts | InstanceFacts | null;
  if ((access.on !== 'project' && access.on !== 'group') || !place || place.on === 'instance' || !place.moved)
    return null;
  const today = subjectOf(place).full_path;
  const { pathname, search } = new URL(request.url);
  const begin = pattern.split('/').findIndex((part) => part.startsWith(`:${access.param}`));
  const parts = pathname.split('/');
  parts.splice(begin, (params[access.param] ?? '').split('/').length, ...today.split('/').map(encodeURIComponent));
  return `${parts.join('/')}${search}`;
}
