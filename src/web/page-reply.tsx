/** @jsxImportSource hono/jsx */

import { defined } from '../lib/defined.ts';
import { Layout } from './views/layout.tsx';
import { VisitContext } from './views/visit-context.ts';
import type { Page, Visit } from './visit.ts';

/**
 * Headers that protect users from injected content: only our own files are loaded and run, forms go to us alone, and no
 * other site frames a page, opens it as its own window, or learns its address. Our own pages receive the address,
 * because browsers otherwise omit `Origin` from form requests; a page with a secret does without: see
 * `untoldFormToken`.
 */
export const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  Vary: 'Accept, Cookie',
} as const;

/** The context for rendering a page. */
type Seen = Pick<Visit, 'actor' | 'now' | 'formToken'> & Partial<Pick<Visit, 'untoldFormToken'>>;

/** A page as HTML. */
export function pageReply(visit: Seen, page: Page): Response {
  const formToken = (page.secret ? visit.untoldFormToken?.() : undefined) ?? visit.formToken;
  const html = (
    <VisitContext.Provider value={{ ...visit, formToken, page: page.place?.replace(/[?#].*/, '') ?? '' }}>
      <Layout title={page.title} place={page.place}>
        {page.body}
      </Layout>
    </VisitContext.Provider>
  );
  const headers = {
    ...PAGE_HEADERS,
    ...defined({
      'Referrer-Policy': page.secret ? 'no-referrer' : undefined,
      'Retry-After': page.retryAfterSeconds ? String(page.retryAfterSeconds) : undefined,
    }),
  };
  return new Response(`<!doctype html>${html}`, { status: page.status ?? 200, headers });
}
