import { createHmac } from 'node:crypto';
import type { Links } from '../http/links.ts';
import { browserCookie } from './browser-cookie.ts';
import { isSame } from './forgery.ts';
import { sessionAfter, sessionOf } from './session-cookie.ts';

/** What an address says was just done. */
const FLASH_WORDS = ['added', 'changed', 'deleted', 'done', 'ended', 'left', 'removed', 'revoked', 'saved'];

/** What an address says besides that: of the list that it shows, and how. */
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

/** Whether an address tells what the answer to a form has just told. */
export function hasFlash(request: Request, links: Links): boolean {
  const note = COOKIE.of(request, links);
  const secret = sessionOf(request, links);
  const address = addressOf(request.url);
  return note !== null && secret !== null && address !== null && isSame(note, flashFor(secret, address));
}

/** It is told once: a reload does not say it again. */
export function clearFlash(response: Response, links: Links): Response {
  response.headers.append('Set-Cookie', COOKIE.drop(links));
  return response;
}

const hasFlashWord = (query: URLSearchParams) => FLASH_WORDS.some((name) => query.has(name));

const addressOf = (text: string) => URL.parse(text, 'http://postern.invalid');

const flashFor = (sessionSecret: string, { pathname, search }: URL): string =>
  createHmac('sha256', sessionSecret).update(`postern flash ${pathname}${search}`).digest('base64url');
