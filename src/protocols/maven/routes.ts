import type { Services } from '../../domain/services.ts';
import { registryRoot } from '../../http/registry-root.ts';
import type { Route } from '../../http/route.ts';
import { createHandlers } from './handlers.ts';

export function mavenRoutes(services: Services, maxBytes: number): Route[] {
  const { get, put } = createHandlers(services, maxBytes);
  const project = { on: 'project', by: 'id', param: 'id' } as const;
  const group = { on: 'group', by: 'id', param: 'id' } as const;
  const root = '/api/v4/projects/:id/packages/maven';
  const inProject = `${root}/:path{.+}`;
  return [
    registryRoot(root),
    { method: 'GET', path: inProject, access: { ...project, permission: 'read_package' }, handler: get },
    { method: 'PUT', path: inProject, access: { ...project, permission: 'create_package' }, handler: put },
    {
      method: 'GET',
      path: '/api/v4/groups/:id/-/packages/maven/:path{.+}',
      access: { ...group, permission: 'read_package' },
      handler: get,
    },
    {
      method: 'GET',
      path: '/api/v4/packages/maven/:path{.+}',
      access: { on: 'instance', permission: 'find_packages' },
      handler: get,
    },
  ];
}
