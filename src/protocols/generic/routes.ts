import type { Services } from '../../domain/services.ts';
import { registryRoot } from '../../http/registry-root.ts';
import type { Route } from '../../http/route.ts';
import { createHandlers } from './handlers.ts';

export function genericRoutes(services: Services, maxBytes: number): Route[] {
  const { publish, download } = createHandlers(services, maxBytes);
  const root = '/api/v4/projects/:id/packages/generic';
  const path = `${root}/:name/:version/:file{.+}`;
  const project = { on: 'project', by: 'id', param: 'id' } as const;
  return [
    registryRoot(root),
    { method: 'GET', path, access: { ...project, permission: 'read_package' }, handler: download },
    { method: 'PUT', path, access: { ...project, permission: 'create_package' }, handler: publish },
  ];
}
