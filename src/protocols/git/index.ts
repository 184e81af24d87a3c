import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import type { Room } from '../../http/route.ts';
import { render } from './errors.ts';
import { renderLfs } from './lfs/errors.ts';
import { lfsRoutes } from './lfs/routes.ts';
import { gitRoutes } from './routes.ts';

const CREDENTIALS = { deployTokens: true, passwords: true, exactUsername: true } as const;

/** Git over HTTP: the smart protocol, versions 0 to 2. */
export function gitRoom(services: Services, links: Links): Room {
  return {
    name: 'git',
    protocol: 'git',
    routes: gitRoutes(services, links),
    credentials: CREDENTIALS,
    render,
  };
}

/** Git LFS: large files beside a repository. It signs in as git does, and answers in JSON. */
export function lfsRoom(services: Services, links: Links): Room {
  return {
    name: 'lfs',
    protocol: 'lfs',
    routes: lfsRoutes(services, links),
    credentials: CREDENTIALS,
    render: renderLfs,
  };
}
