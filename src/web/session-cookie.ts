import type { Links } from '../http/links.ts';
import type { Secret } from '../lib/secret.ts';
import { browserCookie } from './browser-cookie.ts';

/** For as long as a session can live at all: when it is over before that, the server knows. */
const SESSION = browserCookie('postern', 30 * 24 * 3600);

/** The secret of the session that a browser presents; null: it presents none. */
export const sessionOf = (request: Request, links: Links): string | null => SESSION.of(request, links);

/** The one that it presents after this answer. */
export function sessionAfter(request: Request, response: Response, links: Links): string | null {
  const after = SESSION.after(response, links);
  return after === undefined ? sessionOf(request, links) : after;
}

/** The `Set-Cookie` header that keeps a session in the browser. */
export const keepSession = (secret: Secret, links: Links): string => SESSION.keep(secret.reveal(), links);

/** The one that removes it. */
export const dropSession = (links: Links): string => SESSION.drop(links);
