import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Links } from '../http/links.ts';
import { forbidden } from '../lib/errors.ts';

/** The field of every form that says it is from a page of ours. */
export const TOKEN_FIELD = 'authenticity_token';

/**
 * The CSRF token of a session's forms, derived from the session secret: it needs no storage and ends with the session.
 */
export const formToken = (sessionSecret: string): string => derive(sessionSecret, 'postern form');

/**
 * The CSRF token of forms on pages with `Referrer-Policy: no-referrer`. Browsers send them
 * with `Origin: null`, as pages without an origin send theirs; that it was one of ours, this says alone.
 * https://fetch.spec.whatwg.org/#append-a-request-origin-header
 */
export const untoldFormToken = (sessionSecret: string): string => derive(sessionSecret, 'postern form, origin untold');

const derive = (sessionSecret: string, what: string) =>
  createHmac('sha256', sessionSecret).update(what).digest('base64url');

/** Where a browser says that a form is from: a page of ours, or one that it does not tell. */
export type Origin = 'ours' | 'untold';

/** @throws PosternError forbidden when the form was not made for this session, or not for a page of this origin. */
export function checkFormToken(form: URLSearchParams, sessionSecret: string | null, origin: Origin): void {
  const sent = form.get(TOKEN_FIELD) ?? '';
  if (sessionSecret === null) throw forged();
  if (origin === 'ours' && isSame(sent, formToken(sessionSecret))) return;
  if (!isSame(sent, untoldFormToken(sessionSecret))) throw forged();
}

/** Whether two texts are the same, in a time that tells nothing of where they differ. */
export function isSame(sent: string, right: string): boolean {
  const a = Buffer.from(sent);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * Whether a page of ours sent this. Browsers say where a request comes from: in `Sec-Fetch-Site` behind TLS and on the
 * same machine, in `Origin` with every POST. Our own name is the public URL's, and whatever name the browser knows
 * us by. https://www.w3.org/TR/fetch-metadata/, RFC 6454 section 7.
 * @throws PosternError forbidden when it says something else, or nothing.
 */
export function originOf(request: Request, links: Links): Origin {
  const site = request.headers.get('sec-fetch-site');
  if (site !== null) {
    if (site !== 'same-origin') throw forged();
    return 'ours';
  }
  const origin = request.headers.get('origin') ?? '';
  if (origin === 'null') return 'untold';
  if (!URL.canParse(origin)) throw forged();
  const ours = origin === links.base() || new URL(origin).host === request.headers.get('host');
  if (!ours) throw forged();
  return 'ours';
}

/** @throws PosternError forbidden unless a page of ours sent this that tells its origin. */
export function checkOrigin(request: Request, links: Links): void {
  if (originOf(request, links) !== 'ours') throw forged();
}

/** The message for a form from another session or another site. */
export const FORGED = 'This form does not belong to your session';

const forged = () => forbidden(FORGED);
