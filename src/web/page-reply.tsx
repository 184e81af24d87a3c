/** @jsxImportSource hono/jsx */
import type { Page, Visit } from './page.ts';
import { Layout } from './views/layout.tsx';
import { VisitContext } from './views/visit-context.ts';

/**
 * What keeps a browser from being turned against its user: nothing runs and nothing is loaded but what is ours and in a
 * file, forms go to us alone, and no other site frames a page, opens it as its own window, or is told its address. The
 * address is told within, because browsers leave `Origin` out of a form's request where none is told.
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

/** A page as HTML. */
export function pageReply(visit: Pick<Visit, 'user' | 'now' | 'formToken'>, page: Page): Response {
  const html = (
    <VisitContext.Provider value={{ ...visit, page: page.place?.replace(/[?#].*/, '') ?? '' }}>
      <Layout title={page.title} place={page.place}>
        {page.body}
      </Layout>
    </VisitContext.Provider>
  );
  return new Response(`<!doctype html>${html}`, { status: page.status ?? 200, headers: PAGE_HEADERS });
}
