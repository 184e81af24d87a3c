import type { Services } from '../../domain/services.ts';
import type { Route } from '../../http/route.ts';
import { createHandlers } from './handlers.ts';

export function genericRoutes(services: Services, maxBytes: number): Route[] {
  const { publish, download } = createHandlers(services, maxBytes);
  const path = '/api/v4/projects/:id/packages/generic/:name/:version/:file{.+}';
  const project = { on: 'project', by: 'id', param: 'id' } as const;
  return [
    { method: 'GET', path, access: { ...project, permission: 'read_package' }, handler: download },
    { method: 'PUT', path, access: { ...project, permission: 'create_package' }, handler: publish },
  ];
}
