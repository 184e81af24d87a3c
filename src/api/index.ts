import type { InstanceFeatures } from '../domain/deps.ts';
import type { Services } from '../domain/services.ts';
import type { Links } from '../http/links.ts';
import { json } from '../http/replies/json.ts';
import type { Protocol } from '../http/route.ts';
import type { ApiRoute } from './api-route.ts';
import { auditEventRoutes } from './audit-events.ts';
import { deployTokenRoutes } from './deploy-tokens.ts';
import { render } from './errors.ts';
import { groupRoutes } from './groups.ts';
import { memberRoutes } from './members.ts';
import { namespaceRoutes } from './namespaces.ts';
import { openApiDocument } from './openapi.ts';
import { packageRuleRoutes } from './package-rules.ts';
import { packageRoutes } from './packages.ts';
import { personalAccessTokenRoutes } from './personal-access-tokens.ts';
import { projectRoutes } from './projects.ts';
import { registryRepositoryRoutes } from './registry-repositories.ts';
import { registryTagRoutes } from './registry-tags.ts';
import { repositoryRoutes } from './repository/index.ts';
import { serverRoutes } from './server.ts';
import { userRoutes } from './users.ts';

/** GitLab's REST API, version 4, as far as Postern has it. It is for people's tokens: deploy tokens are refused. */
export function apiProtocol(services: Services, links: Links, now: () => number, features: InstanceFeatures): Protocol {
  const routes: ApiRoute[] = [
    ...serverRoutes(),
    ...userRoutes(services, links),
    ...personalAccessTokenRoutes(services, links, now),
    ...groupRoutes(services, links, now),
    ...projectRoutes(services, links, now),
    ...memberRoutes(services, links),
    ...namespaceRoutes(services, links, now),
    ...deployTokenRoutes(services, links, now),
    ...repositoryRoutes(services, links),
    ...registryRepositoryRoutes(services, links, now),
    ...registryTagRoutes(services, links),
    ...auditEventRoutes(services, links),
    ...(features.packages ? [...packageRoutes(services, links, now), ...packageRuleRoutes(services, links)] : []),
  ];
  return {
    name: 'api',
    prefix: '/api/',
    routes: [...routes, openApiRoute(routes)],
    ignoresTrailingSlash: true,
    headers: { 'Cache-Control': 'no-store', Vary: 'Origin', 'X-Frame-Options': 'SAMEORIGIN' },
    credentials: { deployTokens: false, passwords: false, exactUsername: false },
    render,
  };
}

/** The description of the API, made of its rows at the first request. */
function openApiRoute(others: readonly ApiRoute[]): ApiRoute {
  let document: Record<string, unknown> | undefined;
  const row: ApiRoute = {
    method: 'GET',
    path: '/api/v4/openapi.json',
    access: { on: 'anyone', why: 'public documentation; reveals no stored data' },
    handler: () => {
      document ??= openApiDocument([...others, row]);
      return json(document);
    },
    doc: { tag: 'Server', summary: 'Get this document', reply: { status: 200 } },
  };
  return row;
}
