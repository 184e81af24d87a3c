import { privateToken, startApp } from '../support/app.ts';
import { type Named, namedBy } from '../support/row-address.ts';
import { PASSWORD } from '../support/seed.ts';
import { pagesOf } from '../support/signed-in.ts';
import type { Outcome } from './fuzz.ts';

export type FuzzScene = Awaited<ReturnType<typeof startFuzzScene>>;

/** After so many requests the project is another one: inputs may have deleted, archived or moved it. */
const ROUND = 50;

/** The whole server in this process, a user who may do everything in one group, and their browser. */
export async function startFuzzScene() {
  const app = await startApp('sqlite', { POSTERN_LOG_LEVEL: 'error' });
  const outer = await app.seed.group(null, { visibility: 'public' });
  let caller = await newCaller();
  let named = await place();
  let requests = 0;

  async function newCaller() {
    const owner = await app.seed.member(outer, 'owner', { password: PASSWORD });
    const { cookie, token: formToken } = await pagesOf(app).signIn(owner.username);
    return { owner, browser: { cookie, formToken } };
  }

  async function place(): Promise<Named> {
    const group = await app.seed.group(outer, { visibility: 'public' });
    const project = await app.seed.project(group, { visibility: 'public' });
    return namedBy(group, project);
  }

  const isFound = async (path: string, headers: Record<string, string>) =>
    (await app.fetch(path, { headers })).status === 200;

  async function renew(): Promise<void> {
    app.lines.length = 0;
    const page = { Cookie: caller.browser.cookie, Accept: 'text/html' };
    const isKnown = await isFound('/api/v4/user', privateToken(caller.owner.token));
    if (!isKnown || !(await isFound('/-/user_settings/profile', page))) caller = await newCaller();
    named = await place();
  }

  return {
    app,
    get owner() {
      return caller.owner;
    },
    /** The cookie of the session, and the token of its forms. */
    get browser() {
      return caller.browser;
    },
    rows: app.app.protocols.flatMap(({ name, routes }) => routes.map((route) => ({ protocol: name, route }))),
    /** A project and its group; others after some requests. */
    get named() {
      return named;
    },
    /** A new project and group; and a new user when the token or the session is no longer valid. */
    renew,
    /**
     * Sends a request, and reads its answer to the end.
     * @throws Error for an answer that is the server's own fault.
     */
    async send(path: string, init: RequestInit): Promise<Outcome> {
      requests += 1;
      if (requests % ROUND === 0) await renew();
      const response = await app.fetch(path, { redirect: 'manual', ...init });
      const body = await response.arrayBuffer();
      // A 501 is an answer of its own: it says that a feature is not there, as GitLab does of the first LFS protocol.
      if (response.status >= 500 && response.status !== 501)
        throw new Error(
          `${response.status} ${new TextDecoder().decode(body).slice(0, 300)}\n${app.lines.slice(-2).join('\n')}`,
        );
      return response.status < 400 ? 'accepted' : 'refused';
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

/** A header that a client can send: other characters never reach the server. */
export const sendable = (text: string) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '').trim();

/** An address below the root that a request can have. */
export const asPath = (text: string) => `/${text.toWellFormed().replace(/^\/+/, '')}`;
