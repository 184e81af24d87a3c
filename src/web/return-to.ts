import type { Links } from '../http/links.ts';

/**
 * Where to go on after signing in: an address of ours, or the front page. Addresses that browsers resolve to another
 * host are rejected in every spelling: `//host`, `/\host`, `https:`, with a tab or line break in it.
 */
export function returnTo(text: string | null): string {
  if (text === null || !/^\/(?![/\\])[^\\\u0000-\u0020\u007f]*$/.test(text)) return '/';
  const base = 'http://postern.invalid';
  const url = URL.canParse(text, base) ? new URL(text, base) : null;
  if (!url || url.origin !== base || url.pathname.startsWith('//')) return '/';
  return url.pathname.startsWith('/users/sign_') ? '/' : `${url.pathname}${url.search}`;
}

/** The page of ours that a request was sent from, where its browser says so: who signs in again goes on there. */
export function pageBefore(request: Request, links: Links): string {
  const url = URL.parse(request.headers.get('referer') ?? '');
  const ours = url !== null && (url.origin === links.base() || url.host === request.headers.get('host'));
  return ours ? returnTo(`${url.pathname}${url.search}`) : '/';
}

/** The sign-in page that leads back to an address. */
export function signInAddress(path: string): string {
  return path === '/'
    ? '/users/sign_in'
    : `/users/sign_in?return_to=${encodeURIComponent(path).replaceAll('%2F', '/')}`;
}
