import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import { atEachLevel, READ_BELOW } from '../../http/packages/at-each-level.ts';
import { packageInAddress } from '../../http/packages/package-in-address.ts';
import type { Route } from '../../http/route.ts';
import { nameKey } from './format.ts';
import { createHandlers } from './handlers.ts';

export function pypiRoutes(services: Services, links: Links, maxBytes: number): Route[] {
  const handle = createHandlers(services, links, maxBytes);
  const [create, withdraw] = [{ project: 'create_package' }, { project: 'withdraw_package' }] as const;
  const packageIn = packageInAddress('pypi', ({ name }) => name, nameKey);
  return atEachLevel('pypi', [
    { method: 'POST', path: '', access: create, handler: handle.upload },
    { method: 'GET', path: '/simple', access: READ_BELOW, handler: handle.root },
    { method: 'GET', path: '/simple/:name', access: READ_BELOW, handler: handle.index },
    { method: 'GET', path: '/files/:sha256/:file', access: READ_BELOW, handler: handle.file },
    { method: 'PUT', path: '/:name/:version/yank', access: withdraw, packageIn, handler: handle.yank },
    { method: 'DELETE', path: '/:name/:version/yank', access: withdraw, packageIn, handler: handle.unyank },
  ]);
}
