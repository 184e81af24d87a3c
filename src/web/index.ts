import type { Protocol } from '../http/route.ts';
import type { Web } from './page.ts';
import { credentialOfPages, renderPages } from './pages/session/routes.ts';
import { pageRoutes } from './routes.ts';

/** The pages for people. Nobody is signed in here but by a session; see README.md. */
export function webProtocol(web: Web): Protocol {
  return {
    name: 'web',
    routes: pageRoutes(web),
    credentials: { deployTokens: false, passwords: false, exactUsername: false },
    credentialOf: credentialOfPages(web),
    ignoresTrailingSlash: true,
    headers: { 'Cache-Control': 'no-store' },
    render: renderPages(web),
  };
}
