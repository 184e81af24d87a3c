import { parse, serialize } from 'hono/utils/cookie';
import type { Links } from '../http/links.ts';
import type { Secret } from '../lib/secret.ts';

/** For as long as a session can live at all: when it is over before that, the server knows. */
const MAX_AGE_SECONDS = 30 * 24 * 3600;

/** Behind TLS a browser takes it from this host alone, and sends it back to no other: RFC 6265bis section 4.1.3.2. */
const nameOf = (secure: boolean) => (secure ? '__Host-postern' : 'postern');

const isSecure = (links: Links) => links.base().startsWith('https:');

/** The secret of the session that a browser presents; null: it presents none. */
export function sessionOf(request: Request, links: Links): string | null {
  const name = nameOf(isSecure(links));
  const value = parse(request.headers.get('cookie') ?? '', name)[name];
  return value === undefined || value === '' ? null : value;
}

/** The `Set-Cookie` header that keeps a session in the browser. */
export const keepSession = (secret: Secret, links: Links): string =>
  cookie(secret.reveal(), MAX_AGE_SECONDS, isSecure(links));

/** The one that removes it. */
export const dropSession = (links: Links): string => cookie('', 0, isSecure(links));

function cookie(value: string, maxAge: number, secure: boolean): string {
  return serialize(nameOf(secure), value, { path: '/', httpOnly: true, sameSite: 'Lax', secure, maxAge });
}
