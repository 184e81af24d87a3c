import type { InstanceFacts } from '../../../domain/access/facts.ts';
import { type Protocol, type RequestContext, type Route, typedPassword } from '../../../http/route.ts';
import { unauthenticated } from '../../../lib/errors.ts';
import { NOBODY, readerOf, render } from '../../errors.tsx';
import { formRow, pageRow, readOwnForm, redirect, type Visit, type Web } from '../../page.ts';
import { pageReply } from '../../page-reply.tsx';
import { pageBefore, returnTo } from '../../return-to.ts';
import { dropSession, keepSession, sessionOf } from '../../session-cookie.ts';
import { signInPage } from './sign-in-page.tsx';

const SIGN_IN = '/users/sign_in';

/** Signing in and out. */
export function sessionRoutes(web: Web): Route[] {
  const everyone = { on: 'instance', permission: 'list_projects' } as const;
  return [
    pageRow(web, SIGN_IN, everyone, ({ actor: user, query }) => {
      const back = returnTo(query.get('return_to'));
      return user ? redirect(back) : signInPage({ returnTo: back });
    }),
    {
      // Not a `formRow`: there is no session yet that its form could be bound to. `credentialOfPages` asks where it is
      // from.
      method: 'POST',
      path: SIGN_IN,
      access: everyone,
      handler: (context: RequestContext<InstanceFacts>) => signIn(web, context),
    },
    formRow(web, '/users/sign_out', { on: 'instance', permission: 'read_own_token' }, (visit) => signOut(web, visit)),
  ];
}

/**
 * The credential of a browser: the sign-in form, or the session cookie. Headers and addresses are not looked
 * at: a page is for a person who signed in, and what a proxy in front puts into `Authorization` is none of our
 * business.
 * @throws PosternError forbidden when the form came from another site, or one could sign people in as someone else.
 */
export function credentialOfPages(web: Web): NonNullable<Protocol['credentialOf']> {
  return async (request) => {
    if (isSignIn(request) && request.body !== null) {
      const form = await readOwnForm(request, web.links);
      const login = form.get('login') ?? '';
      const password = form.get('password') ?? '';
      tried.set(request, { login, returnTo: returnTo(form.get('return_to')) });
      return typedPassword(login, password);
    }
    const secret = sessionOf(request, web.links);
    return secret === null ? { kind: 'none' } : { kind: 'session', secret };
  };
}

/** A sign-in that fails comes back as its form, with what was typed but the password. */
export function renderPages({ links }: Web): Protocol['render'] {
  return (problem, request, requestId, _matched, caller) => {
    const sign = tried.get(request);
    if (sign === undefined || (problem.status !== 401 && problem.status !== 429))
      return render(
        problem,
        request,
        requestId,
        readerOf(caller, sessionOf(request, links)),
        pageBefore(request, links),
      );
    const page = signInPage({ returnTo: sign.returnTo, failed: { login: sign.login, problem, requestId } });
    return pageReply(NOBODY, page);
  };
}

/** The user name submitted to a failed sign-in, for the error page: the code that renders it has only the request. */
const tried = new WeakMap<Request, { login: string; returnTo: string }>();

const isSignIn = (request: Request) => request.method === 'POST' && new URL(request.url).pathname === SIGN_IN;

/**
 * The password was correct: a new session with a new secret begins, and the browser's previous session
 * ends.
 */
async function signIn({ services, links }: Web, { actor, request, ip }: RequestContext): Promise<Response> {
  if (actor.kind !== 'user' || actor.sessionId !== undefined)
    throw unauthenticated('Enter a user name and a password.');
  const before = sessionOf(request, links);
  if (before !== null) await services.sessions.endBySecret(before);
  const secret = await services.sessions.begin(actor.id, { ip, agent: request.headers.get('user-agent') ?? '' });
  return redirect(tried.get(request)?.returnTo ?? '/', 303, { 'Set-Cookie': keepSession(secret, links) });
}

async function signOut({ services, links }: Web, { actor: user, context }: Visit): Promise<Response> {
  if (user) await services.sessions.end(user.id, user.sessionId, context);
  return redirect(SIGN_IN, 303, { 'Set-Cookie': dropSession(links) });
}
