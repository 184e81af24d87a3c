/** @jsxImportSource hono/jsx */
import { preferredType } from '../http/replies/accept.ts';
import type { Problem, RequestContext } from '../http/route.ts';
import { FORGED, formToken } from './forgery.ts';
import { redirect, userOf, type Visit } from './page.ts';
import { pageReply } from './page-reply.tsx';
import { signInAddress } from './return-to.ts';
import { LinkButton } from './views/button.tsx';
import { waitText } from './wait.ts';

/** For whom a page is made: its head shows who is signed in. */
type Reader = Pick<Visit, 'actor' | 'now' | 'formToken'>;

export const NOBODY: Reader = { actor: null, now: 0, formToken: '' };

/** @param sessionSecret the session secret that the reader's browser presents. */
export function readerOf(caller: RequestContext['actor'], sessionSecret: string | null): Reader {
  const user = userOf(caller);
  return user && sessionSecret !== null ? { actor: user, now: 0, formToken: formToken(sessionSecret) } : NOBODY;
}

/** People look with browsers, and those ask for HTML; programs get a line of text. */
const wantsHtml = (request: Request) =>
  preferredType(request.headers.get('accept'), ['text/plain', 'text/html']) === 'text/html';

/**
 * A refusal as people can do something with it; who is not signed in is led to where they can be.
 * @param before the page that they were on.
 */
export function render(problem: Problem, request: Request, requestId: string, reader: Reader, before = '/'): Response {
  if (!wantsHtml(request)) {
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', Vary: 'Accept, Cookie' };
    return new Response(`${problem.message}\n`, { status: problem.status, headers });
  }
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const { pathname, search } = new URL(request.url);
  if (problem.status === 401 && reads) return redirect(signInAddress(`${pathname}${search}`));
  return errorPage(problem, requestId, { reader, signIn: signInAddress(before) });
}

interface Words {
  title: string;
  /** The event, where the problem's own message is not meant for users. */
  what?: string;
  todo: string;
}

const WORDS: Readonly<Record<number, Words>> = {
  400: { title: 'That didn’t work', todo: 'Go back, correct the form and try again.' },
  401: {
    title: 'You are signed out',
    what: 'Your session has ended. Nothing was changed.',
    todo: 'Sign in and try again.',
  },
  403: { title: 'You don’t have permission to do this', todo: 'Ask an owner or an administrator for access.' },
  404: {
    title: 'Page not found',
    what: 'The address is wrong, the page was deleted, or you don’t have permission to see it.',
    todo: 'Check the address. If someone sent you the link, ask them for access.',
  },
  405: {
    title: 'This address has no page',
    what: 'Forms are submitted to this address. It can’t be opened in a browser.',
    todo: 'Go back to the page and use its form.',
  },
  409: {
    title: 'Someone else changed this first',
    todo: 'Go back, reload the page and check it before you try again.',
  },
  413: { title: 'The request is too large', todo: 'Go back and send less data.' },
  429: { title: 'Too many attempts', todo: 'Wait a moment.' },
  503: { title: 'The server is busy', todo: 'Wait a moment, then reload this page.' },
  507: { title: 'The server’s disk is full', todo: 'Tell the administrators of this server, and try again later.' },
};

/** The remedy for a denied decision, by its reason. */
const WAYS_OUT: Readonly<Record<string, string>> = {
  role_too_low: 'Ask a maintainer or an owner for a higher role.',
  archived: 'An owner can unarchive the project under Settings > General.',
};

const SWITCHED_OFF: Words = {
  title: 'This is switched off',
  todo: 'A maintainer can switch it on under Settings > General of the project.',
};

const STALE_FORM: Words = {
  title: 'This form is out of date',
  todo: 'Go back, reload the page and submit the form again.',
};

const FAULT: Words = {
  title: 'Something went wrong',
  what: 'This is a fault of the server, not yours.',
  todo: 'Try again. If it happens again, give the request id below to the administrators of this server.',
};

/** The remedy for the reader, more specific than the status where the problem allows it. */
function todoOf({ status, denial, retryAfterSeconds }: Problem, { todo }: Words): string {
  if (denial?.reason === 'role_too_low' && denial.on === 'instance') return 'Ask an administrator to do it.';
  if (denial?.reason === 'feature_disabled' && /^This server/.test(denial.message))
    return 'An operator can switch it on in the server’s settings.';
  if (denial && status === 403) return WAYS_OUT[denial.reason] ?? todo;
  return status === 429 && retryAfterSeconds > 0 ? `Wait ${waitText(retryAfterSeconds)}, then try again.` : todo;
}

const wordsOf = (status: number): Words => WORDS[status] ?? (status < 500 ? (WORDS[400] as Words) : FAULT);

interface ErrorPage {
  reader: Reader;
  /** Where who is signed out signs in, and comes back from to where they were. */
  signIn: string;
}

function errorPage(problem: Problem, requestId: string, { reader, signIn }: ErrorPage): Response {
  const { status, denial, message } = problem;
  const words =
    denial?.reason === 'feature_disabled' ? SWITCHED_OFF : message === FORGED ? STALE_FORM : wordsOf(status);
  const body = (
    <div class="alone alone-wide">
      <p class="soft small">Error {status}</p>
      <h1>{words.title}</h1>
      <p>{words.what ?? sentence(problem.message)}</p>
      <p>{todoOf(problem, words)}</p>
      <div class="row">
        {status === 401 ? (
          <LinkButton kind="primary" href={signIn}>
            Sign in
          </LinkButton>
        ) : null}
        <LinkButton href="/">Home</LinkButton>
      </div>
      <p class="soft small">
        Request <code>{requestId}</code>
      </p>
    </div>
  );
  return pageReply(reader, { title: words.title, body, status });
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
