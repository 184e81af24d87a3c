import type { Services } from '../domain/services.ts';
import type { Links } from '../http/links.ts';
import type { Room } from '../http/route.ts';
import { deployTokenRoutes } from './deploy-tokens.ts';
import { render } from './errors.ts';

/** GitLab's REST API, version 4, as far as Postern has it. It is for people's tokens: deploy tokens are refused. */
export function apiRoom(services: Services, links: Links, now: () => number): Room {
  return {
    name: 'api',
    prefix: '/api/',
    routes: [...deployTokenRoutes(services, links, now)],
    credentials: { deployTokens: false, passwords: false, exactUsername: false },
    render,
  };
}
