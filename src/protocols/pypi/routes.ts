import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import { registryRoot } from '../../http/registry-root.ts';
import type { Route } from '../../http/route.ts';
import { createHandlers } from './handlers.ts';

export function pypiRoutes(services: Services, links: Links, maxBytes: number): Route[] {
  const handle = createHandlers(services, links, maxBytes);
  const inProject = '/api/v4/projects/:id/packages/pypi';
  const inGroup = '/api/v4/groups/:id/-/packages/pypi';
  const project = { on: 'project', by: 'id', param: 'id' } as const;
  const [read, create, destroy, readGroup] = [
    { ...project, permission: 'read_package' },
    { ...project, permission: 'create_package' },
    { ...project, permission: 'destroy_package' },
    { on: 'group', by: 'id', param: 'id', permission: 'read_package' },
  ] as const;
  return [
    registryRoot(inProject),
    { method: 'POST', path: inProject, access: create, handler: handle.upload },
    { method: 'GET', path: `${inProject}/simple`, access: read, handler: handle.root },
    { method: 'GET', path: `${inProject}/simple/:name`, access: read, handler: handle.index },
    { method: 'GET', path: `${inProject}/files/:sha256/:file`, access: read, handler: handle.file },
    { method: 'PUT', path: `${inProject}/:name/:version/yank`, access: destroy, handler: handle.yank },
    { method: 'DELETE', path: `${inProject}/:name/:version/yank`, access: destroy, handler: handle.unyank },

    { method: 'GET', path: `${inGroup}/simple`, access: readGroup, handler: handle.root },
    { method: 'GET', path: `${inGroup}/simple/:name`, access: readGroup, handler: handle.index },
    { method: 'GET', path: `${inGroup}/files/:sha256/:file`, access: readGroup, handler: handle.file },
  ];
}
