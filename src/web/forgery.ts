import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Links } from '../http/links.ts';
import { forbidden } from '../lib/errors.ts';

/** The field of every form that says it is from a page of ours. */
export const TOKEN_FIELD = 'authenticity_token';

/** What the forms of a session carry: made of its secret, so that it needs no place to be kept and ends with the session. */
export function formToken(sessionSecret: string): string {
  return createHmac('sha256', sessionSecret).update('postern form').digest('base64url');
}

/** @throws PosternError forbidden when the form was not made for this session. */
export function checkFormToken(form: URLSearchParams, sessionSecret: string | null): void {
  const [sent, right] = [Buffer.from(form.get(TOKEN_FIELD) ?? ''), Buffer.from(formToken(sessionSecret ?? ''))];
  if (sessionSecret === null || sent.length !== right.length || !timingSafeEqual(sent, right)) throw forged();
}

/**
 * Whether a page of ours sent this. Browsers say where a request comes from: in `Sec-Fetch-Site` behind TLS and on the
 * same machine, in `Origin` with every POST. Our own name is the public URL's, and whatever name the browser knows
 * us by. https://www.w3.org/TR/fetch-metadata/, RFC 6454 section 7.
 * @throws PosternError forbidden when it says something else, or nothing.
 */
export function checkOrigin(request: Request, links: Links): void {
  const site = request.headers.get('sec-fetch-site');
  if (site !== null) {
    if (site !== 'same-origin') throw forged();
    return;
  }
  const origin = request.headers.get('origin') ?? '';
  if (!URL.canParse(origin)) throw forged();
  const ours = origin === links.base() || new URL(origin).host === request.headers.get('host');
  if (!ours) throw forged();
}

const forged = () =>
  forbidden('This form was not sent from a page of this session. Go back, reload the page, and send it again.');
