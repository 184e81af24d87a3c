/** @jsxImportSource hono/jsx */
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

/** @param sessionSecret what the reader's browser presents. */
export function readerOf(asker: RequestContext['actor'], sessionSecret: string | null): Reader {
  const user = userOf(asker);
  return user && sessionSecret !== null ? { actor: user, now: 0, formToken: formToken(sessionSecret) } : NOBODY;
}

/** People look with browsers, and those ask for HTML; programs get a line of text. */
const wantsHtml = (request: Request) => /\btext\/html\b/.test(request.headers.get('accept') ?? '');

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
  /** What happened, when the problem's own message is not for people. */
  what?: string;
  todo: string;
}

const WORDS: Readonly<Record<number, Words>> = {
  400: { title: 'That did not work', todo: 'Go back, mend it, and try again.' },
  401: {
    title: 'You are signed out',
    what: 'Your session is over, so nothing was done.',
    todo: 'Sign in, and then do it again.',
  },
  403: { title: 'This is not for you to do', todo: 'Go back, and do something else.' },
  404: {
    title: 'There is nothing here',
    what: 'The address is wrong, or what was here is gone, or it is not for you to see.',
    todo: 'Check the address. If someone sent it to you, ask them to let you in.',
  },
  405: {
    title: 'This address is for something else',
    what: 'Pages send their forms here. There is nothing to see at it.',
    todo: 'Go to the page, and use its buttons from there.',
  },
  409: { title: 'Someone was faster', todo: 'Go back, reload the page, and look before you try again.' },
  413: { title: 'That is too large', todo: 'Go back, and send less.' },
  429: { title: 'Too many tries', todo: 'Wait a moment.' },
  503: { title: 'The server is busy', todo: 'Wait a moment, and then reload this page.' },
  507: { title: 'The server is full', todo: 'Tell whoever runs this server, and try again when there is room.' },
};

/** What helps when the answer was a decision, by its reason. */
const WAYS_OUT: Readonly<Record<string, string>> = {
  role_too_low: 'Ask a maintainer or owner of it for a higher role.',
  archived: 'An owner can unarchive it in its settings, under General.',
};

const SWITCHED_OFF: Words = {
  title: 'This is switched off',
  todo: 'A maintainer can switch it on in the settings of the project, under General.',
};

const STALE_FORM: Words = {
  title: 'This form is out of date',
  todo: 'Go back, reload the page, and send it again.',
};

const FAULT: Words = {
  title: 'Something went wrong here',
  what: 'That is not your fault, and nothing is known to be changed.',
  todo: 'Try again. If it stays so, tell whoever runs this server the number below.',
};

/** What the reader can do, as far as the problem says more than its status does. */
function todoOf({ status, denial, retryAfterSeconds }: Problem, { todo }: Words): string {
  if (denial?.reason === 'role_too_low' && denial.on === 'instance') return 'Ask an administrator to do it.';
  if (denial?.reason === 'feature_disabled' && /^This server/.test(denial.message))
    return 'Whoever runs this server can switch it on.';
  if (denial && status === 403) return WAYS_OUT[denial.reason] ?? todo;
  return status === 429 && retryAfterSeconds > 0 ? `Wait ${waitText(retryAfterSeconds)}, and then try again.` : todo;
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
        <LinkButton href="/">To the front page</LinkButton>
      </div>
      <p class="soft small">
        Request <code>{requestId}</code>
      </p>
    </div>
  );
  return pageReply(reader, { title: words.title, body, status });
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
