/** @jsxImportSource hono/jsx */

import { defined } from '../lib/defined.ts';
import { Layout } from './views/layout.tsx';
import { VisitContext } from './views/visit-context.ts';
import type { Page, Visit } from './visit.ts';

/**
 * What keeps a browser from being turned against its user: nothing runs and nothing is loaded but what is ours and in a
 * file, forms go to us alone, and no other site frames a page, opens it as its own window, or is told its address. The
 * address is told within, because browsers leave `Origin` out of a form's request where none is told; a page with a
 * secret does without: see `untoldFormToken`.
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

/** What a page is made for, besides what it holds. */
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
