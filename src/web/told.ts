import { createHmac } from 'node:crypto';
import type { Links } from '../http/links.ts';
import { browserCookie } from './browser-cookie.ts';
import { isSame } from './forgery.ts';
import { sessionAfter, sessionOf } from './session-cookie.ts';

/** What an address says was just done. */
const TOLD = ['added', 'changed', 'deleted', 'done', 'ended', 'left', 'removed', 'revoked', 'saved'];

/** What an address says besides that: of the list that it shows, and how. */
export function listIn(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => !TOLD.includes(name)));
}

/** A redirect is followed at once. */
const NOTE = browserCookie('postern-told', 60);

/**
 * Lets an answer to a form that leads to an address with such words be believed there: anyone can write a link that says "saved". The
 * note is for this address and session alone.
 */
export function letTell(response: Response, request: Request, links: Links): Response {
  const location = response.headers.get('location') ?? '';
  const secret = sessionAfter(request, response, links);
  const address = addressOf(location);
  if (response.status === 303 && secret !== null && address !== null && tells(address.searchParams))
    response.headers.append('Set-Cookie', NOTE.keep(noteFor(secret, address), links));
  return response;
}

/** Whether an address tells what the answer to a form has just told. */
export function isTold(request: Request, links: Links): boolean {
  const [note, secret, address] = [NOTE.of(request, links), sessionOf(request, links), addressOf(request.url)];
  return note !== null && secret !== null && address !== null && isSame(note, noteFor(secret, address));
}

/** It is told once: a reload does not say it again. */
export function tellNoMore(response: Response, links: Links): Response {
  response.headers.append('Set-Cookie', NOTE.drop(links));
  return response;
}

const tells = (query: URLSearchParams) => TOLD.some((name) => query.has(name));

const addressOf = (text: string) => URL.parse(text, 'http://postern.invalid');

const noteFor = (sessionSecret: string, { pathname, search }: URL): string =>
  createHmac('sha256', sessionSecret).update(`postern told ${pathname}${search}`).digest('base64url');
