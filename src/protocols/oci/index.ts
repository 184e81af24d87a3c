import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import type { Protocol } from '../../http/route.ts';
import { renderFor, renderTokenProblem } from './errors.ts';
import { registryRoutes, tokenRoutes } from './routes.ts';
import { credentialOfForm } from './token-form.ts';

/**
 * The container registry and the service that issues its bearer tokens. Two protocols, because a bearer token must not
 * be good for getting another one: with it an old token would never end, and a narrow one could become a wide one.
 */
export function registryProtocols(services: Services, links: Links): Protocol[] {
  const credentials = { deployTokens: true, passwords: true, exactUsername: true };
  const headers = { 'Docker-Distribution-Api-Version': 'registry/2.0' };
  return [
    {
      name: 'registry',
      onRegistryHost: true,
      usageName: 'registry',
      prefix: '/v2/',
      routes: registryRoutes(services),
      credentials: { ...credentials, registryTokens: true },
      headers,
      render: renderFor(links),
    },
    {
      name: 'token',
      onRegistryHost: true,
      usageName: 'registry',
      prefix: '/jwt/',
      routes: tokenRoutes(services),
      credentials,
      credentialOf: credentialOfForm,
      ignoresTrailingSlash: true,
      render: renderTokenProblem,
    },
  ];
}
