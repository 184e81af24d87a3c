import { parse, serialize } from 'hono/utils/cookie';
import type { Links } from '../http/links.ts';

/** Something that a browser keeps for us, and no script reads. */
export interface BrowserCookie {
  /** The value that a browser presents; null if none. */
  of(request: Request, links: Links): string | null;
  /** The value after a response that changes it; undefined if the response does not. */
  after(response: Response, links: Links): string | null | undefined;
  /** The `Set-Cookie` header that keeps a value. */
  keep(value: string, links: Links): string;
  /** The one that removes it. */
  drop(links: Links): string;
}

/** Behind TLS a browser takes it from this host alone, and sends it back to no other: RFC 6265bis section 4.1.3.2. */
export function browserCookie(plainName: string, maxAgeSeconds: number): BrowserCookie {
  const isSecure = (links: Links) => links.base().startsWith('https:');
  const nameOf = (links: Links) => (isSecure(links) ? `__Host-${plainName}` : plainName);
  const valueIn = (text: string, links: Links) => parse(text, nameOf(links))[nameOf(links)] || null;
  const cookie = (value: string, maxAge: number, links: Links) =>
    serialize(nameOf(links), value, { path: '/', httpOnly: true, sameSite: 'Lax', secure: isSecure(links), maxAge });
  return {
    of: (request, links) => valueIn(request.headers.get('cookie') ?? '', links),
    after(response, links) {
      const set = response.headers.getSetCookie().find((one) => one.startsWith(`${nameOf(links)}=`));
      return set === undefined ? undefined : valueIn(set, links);
    },
    keep: (value, links) => cookie(value, maxAgeSeconds, links),
    drop: (links) => cookie('', 0, links),
  };
}
