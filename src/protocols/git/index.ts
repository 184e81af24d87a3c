import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import type { Room } from '../../http/route.ts';
import { render } from './errors.ts';
import { gitRoutes } from './routes.ts';

/** Git over HTTP: the smart protocol, versions 0 to 2. */
export function gitRoom(services: Services, links: Links): Room {
  return {
    name: 'git',
    routes: gitRoutes(services, links),
    credentials: { deployTokens: true, passwords: true, exactUsername: true },
    render,
  };
}
