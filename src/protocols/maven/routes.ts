import type { Services } from '../../domain/services.ts';
import { atEachLevel, READ_ANYWHERE } from '../../http/packages/at-each-level.ts';
import { packageInAddress } from '../../http/packages/package-in-address.ts';
import type { Route } from '../../http/route.ts';
import { parseAddress } from './format.ts';
import { createHandlers } from './handlers.ts';

export function mavenRoutes(services: Services, maxBytes: number): Route[] {
  const { get, put } = createHandlers(services, maxBytes);
  const packageIn = packageInAddress('maven', ({ path = '' }) => parseAddress(path)?.name);
  return atEachLevel('maven', [
    { method: 'GET', path: '/:path{.+}', access: READ_ANYWHERE, handler: get },
    { method: 'PUT', path: '/:path{.+}', access: { project: 'create_package' }, packageIn, handler: put },
  ]);
}
