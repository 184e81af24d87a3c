/** @jsxImportSource hono/jsx */
import type { Problem } from '../http/route.ts';
import { redirect } from './page.ts';
import { pageReply } from './page-reply.tsx';
import { signInAddress } from './return-to.ts';
import { LinkButton } from './views/button.tsx';

/** People look with browsers, and those ask for HTML; programs get a line of text. */
const wantsHtml = (request: Request) => /\btext\/html\b/.test(request.headers.get('accept') ?? '');

/** A refusal as people can do something with it; who is not signed in is led to where they can be. */
export function render(problem: Problem, request: Request, requestId: string): Response {
  if (!wantsHtml(request)) {
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', Vary: 'Accept, Cookie' };
    return new Response(`${problem.message}\n`, { status: problem.status, headers });
  }
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const { pathname, search } = new URL(request.url);
  if (problem.status === 401 && reads) return redirect(signInAddress(`${pathname}${search}`));
  return errorPage(problem, requestId);
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
  403: { title: 'This is not for you to do', todo: 'Ask a maintainer or owner of it for a higher role.' },
  404: {
    title: 'There is nothing here',
    what: 'The address is wrong, or what was here is gone, or it is not for you to see.',
    todo: 'Check the address. If someone sent it to you, ask them to let you in.',
  },
  405: { title: 'This address is for something else', todo: 'Go to the page, and use its buttons from there.' },
  409: { title: 'Someone was faster', todo: 'Go back, reload the page, and look before you try again.' },
  413: { title: 'That is too large', todo: 'Send less.' },
  429: { title: 'Too many tries', todo: 'Wait a moment.' },
  503: { title: 'The server is busy', todo: 'Try again in a moment.' },
};

const FAULT: Words = {
  title: 'Something went wrong here',
  what: 'That is not your fault, and nothing is known to be changed.',
  todo: 'Try again. If it stays so, tell whoever runs this server the number below.',
};

function errorPage(problem: Problem, requestId: string): Response {
  const { status } = problem;
  const words = WORDS[status] ?? (status < 500 ? (WORDS[400] as Words) : FAULT);
  const body = (
    <div class="alone alone-wide">
      <p class="soft small">Error {status}</p>
      <h1>{words.title}</h1>
      <p>{words.what ?? sentence(problem.message)}</p>
      <p>{words.todo}</p>
      <div class="row">
        {status === 401 ? (
          <LinkButton kind="primary" href="/users/sign_in">
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
  return pageReply({ user: null, now: 0, formToken: '' }, { title: words.title, body, status });
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
