import { formToken } from '../../src/web/forgery.ts';
import type { TestApp } from './app.ts';
import { PASSWORD } from './seed.ts';

/** A browser's way to the pages, without one: it keeps its cookie, and says where its forms are from. */
export function pagesOf(app: Pick<TestApp, 'fetch'>, origin = 'http://postern.test') {
  const asForm = { 'Content-Type': 'application/x-www-form-urlencoded', Origin: origin, Accept: 'text/html' };
  const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    app.fetch(`${origin}${path}`, {
      method: 'POST',
      headers: { ...asForm, ...headers },
      body: new URLSearchParams(fields).toString(),
      redirect: 'manual',
    });
  const get = (path: string, headers: Record<string, string> = {}) =>
    app.fetch(`${origin}${path}`, { headers: { Accept: 'text/html', ...headers } });

  return {
    get,
    post,
    /** Goes where an answer leads, with the cookies that it sets, in addition to those that the browser had. */
    follow(answer: Response, cookie: string) {
      const jar = new Map<string, string>();
      const set = answer.headers.getSetCookie().map((one) => one.split(';')[0] ?? '');
      for (const one of [...cookie.split('; '), ...set]) jar.set(one.split('=')[0] ?? '', one);
      return get(answer.headers.get('location') ?? '', { Cookie: [...jar.values()].join('; ') });
    },
    /** @returns the answer to the sign-in, and what the browser sends from then on. */
    async signIn(username: string, more: { cookie?: string; fields?: Record<string, string> } = {}) {
      const fields = { login: username, password: PASSWORD, ...more.fields };
      const answer = await post('/users/sign_in', fields, more.cookie ? { Cookie: more.cookie } : {});
      const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
      const secret = cookie.slice(cookie.indexOf('=') + 1);
      return { answer, cookie, token: formToken(secret) };
    },
  };
}
