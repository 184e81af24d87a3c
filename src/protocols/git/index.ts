import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import type { Protocol } from '../../http/route.ts';
import { render } from './errors.ts';
import { renderLfs } from './lfs/errors.ts';
import { lfsRoutes } from './lfs/routes.ts';
import { gitRoutes } from './routes.ts';

const CREDENTIALS = { deployTokens: true, passwords: true, exactUsername: true } as const;

/** Git over HTTP: the smart protocol, versions 0 to 2. */
export function gitProtocol(services: Services, links: Links): Protocol {
  return {
    name: 'git',
    usageName: 'git',
    routes: gitRoutes(services, links),
    credentials: CREDENTIALS,
    render,
  };
}

/** Git LFS: large files of a repository. It authenticates as git does, and answers in JSON. */
export function lfsProtocol(services: Services, links: Links): Protocol {
  return {
    name: 'lfs',
    usageName: 'lfs',
    routes: lfsRoutes(services, links),
    credentials: CREDENTIALS,
    render: renderLfs,
  };
}
