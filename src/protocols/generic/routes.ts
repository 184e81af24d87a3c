import type { Services } from '../../domain/services.ts';
import { atEachLevel } from '../../http/packages/at-each-level.ts';
import { packageInAddress } from '../../http/packages/package-in-address.ts';
import type { Route } from '../../http/route.ts';
import { createHandlers } from './handlers.ts';

export function genericRoutes(services: Services, maxBytes: number): Route[] {
  const { publish, download } = createHandlers(services, maxBytes);
  const path = '/:name/:version/:file{.+}';
  const packageIn = packageInAddress('generic', ({ name }) => name);
  return atEachLevel('generic', [
    { method: 'GET', path, access: { project: 'read_package' }, handler: download },
    { method: 'PUT', path, access: { project: 'create_package' }, packageIn, handler: publish },
  ]);
}
