import { createHmac } from 'node:crypto';
import type { Links } from '../http/links.ts';
import { browserCookie } from './browser-cookie.ts';
import { isSame } from './forgery.ts';
import { sessionAfter, sessionOf } from './session-cookie.ts';

/** The query words that announce a completed action. */
const FLASH_WORDS = ['added', 'changed', 'deleted', 'done', 'ended', 'left', 'removed', 'revoked', 'saved'];

/** The other query parameters: page and order of the list. */
export function withoutFlash(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => !FLASH_WORDS.includes(name)));
}

/** A redirect is followed at once. */
const COOKIE = browserCookie('postern-flash', 60);

/**
 * Lets an answer to a form that leads to an address with such words be believed there: anyone can write a link that
 * says "saved". The note is for this address and session alone.
 */
export function setFlash(response: Response, request: Request, links: Links): Response {
  const location = response.headers.get('location') ?? '';
  const secret = sessionAfter(request, response, links);
  const address = addressOf(location);
  if (response.status === 303 && secret !== null && address !== null && hasFlashWord(address.searchParams))
    response.headers.append('Set-Cookie', COOKIE.keep(flashFor(secret, address), links));
  return response;
}

/** Whether the address has the flash that the last form response set. */
export function hasFlash(request: Request, links: Links): boolean {
  const note = COOKIE.of(request, links);
  const secret = sessionOf(request, links);
  const address = addressOf(request.url);
  return note !== null && secret !== null && address !== null && isSame(note, flashFor(secret, address));
}

/** A flash is shown once: a reload does not show it again. */
export function clearFlash(response: Response, links: Links): Response {
  response.headers.append('Set-Cookie', COOKIE.drop(links));
  return response;
}

const hasFlashWord = (query: URLSearchParams) => FLASH_WORDS.some((name) => query.has(name));

const addressOf = (text: string) => URL.parse(text, 'http://postern.invalid');

const flashFor = (sessionSecret: string, { pathname, search }: URL): string =>
  createHmac('sha256', sessionSecret).update(`postern flash ${pathname}${search}`).digest('base64url');
