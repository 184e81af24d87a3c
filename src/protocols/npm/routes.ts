import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import { registryRoot } from '../../http/registry-root.ts';
import type { Route } from '../../http/route.ts';
import { createHandlers } from './handlers.ts';

/** Names come with the slash of their scope escaped, in either case, or as it is. */
const PACKAGE = ':package{(?:@[^/]+/)?[^/]+}';
/** With something behind it: a scope alone is no name. */
const VERSION = ':package{(?!-/)(?:@[^/%]+(?:/|%2[Ff]))?[^@/%]+}/:version';
const FILE = ':file{(?:@[^/]+/)?[^/]+}';

export function npmRoutes(services: Services, links: Links, maxBytes: number): Route[] {
  const handle = createHandlers(services, links, maxBytes);
  const project = { on: 'project', by: 'id', param: 'id' } as const;
  const group = { on: 'group', by: 'id', param: 'id' } as const;
  const inProject = '/api/v4/projects/:id/packages/npm';
  const inGroup = '/api/v4/groups/:id/-/packages/npm';
  const anywhere = '/api/v4/packages/npm';
  const [read, create, destroy] = [
    { ...project, permission: 'read_package' },
    { ...project, permission: 'create_package' },
    { ...project, permission: 'destroy_package' },
  ] as const;
  // Tags are set where the package is: its project is asked about that.
  const readGroup = { ...group, permission: 'read_package' } as const;
  const find = { on: 'instance', permission: 'find_packages' } as const;
  const tags = `/-/package/${PACKAGE}/dist-tags`;
  const bulk = '/-/npm/v1/security/advisories/bulk';
  const quick = '/-/npm/v1/security/audits/quick';
  return [
    registryRoot(inProject),
    { method: 'GET', path: `${inProject}/-/ping`, access: read, handler: handle.ping },
    { method: 'GET', path: `${inProject}/-/whoami`, access: read, handler: handle.whoami },
    { method: 'GET', path: `${inProject}/-/v1/search`, access: read, handler: handle.search },
    { method: 'POST', path: `${inProject}${bulk}`, access: read, handler: handle.advisories },
    { method: 'POST', path: `${inProject}${quick}`, access: read, handler: handle.audit },
    { method: 'POST', path: `${inProject}/-/npm/v1/security/audits`, access: read, handler: handle.audit },
    { method: 'GET', path: `${inProject}${tags}`, access: read, handler: handle.tags },
    { method: 'PUT', path: `${inProject}${tags}/:tag`, access: create, handler: handle.setTag },
    { method: 'DELETE', path: `${inProject}${tags}/:tag`, access: destroy, handler: handle.removeTag },
    { method: 'GET', path: `${inProject}/${PACKAGE}/-/${FILE}`, access: read, handler: handle.tarball },
    {
      method: 'DELETE',
      path: `${inProject}/${PACKAGE}/-/${FILE}/-rev/:rev`,
      access: destroy,
      handler: handle.unpublishFile,
    },
    { method: 'PUT', path: `${inProject}/${PACKAGE}/-rev/:rev`, access: destroy, handler: handle.putWithout },
    { method: 'DELETE', path: `${inProject}/${PACKAGE}/-rev/:rev`, access: destroy, handler: handle.unpublish },
    { method: 'GET', path: `${inProject}/${VERSION}`, access: read, handler: handle.version },
    { method: 'GET', path: `${inProject}/${PACKAGE}`, access: read, handler: handle.packument },
    { method: 'PUT', path: `${inProject}/${PACKAGE}`, access: create, handler: handle.put },

    { method: 'GET', path: `${inGroup}/-/ping`, access: readGroup, handler: handle.ping },
    { method: 'GET', path: `${inGroup}/-/whoami`, access: readGroup, handler: handle.whoami },
    { method: 'GET', path: `${inGroup}/-/v1/search`, access: readGroup, handler: handle.search },
    { method: 'POST', path: `${inGroup}${bulk}`, access: readGroup, handler: handle.advisories },
    { method: 'POST', path: `${inGroup}${quick}`, access: readGroup, handler: handle.audit },
    { method: 'GET', path: `${inGroup}${tags}`, access: readGroup, handler: handle.tags },
    { method: 'PUT', path: `${inGroup}${tags}/:tag`, access: readGroup, handler: handle.setTag },
    { method: 'DELETE', path: `${inGroup}${tags}/:tag`, access: readGroup, handler: handle.removeTag },
    { method: 'GET', path: `${inGroup}/${VERSION}`, access: readGroup, handler: handle.version },
    { method: 'GET', path: `${inGroup}/${PACKAGE}`, access: readGroup, handler: handle.packument },

    { method: 'GET', path: `${anywhere}/-/ping`, access: find, handler: handle.ping },
    { method: 'GET', path: `${anywhere}/-/whoami`, access: find, handler: handle.whoami },
    { method: 'GET', path: `${anywhere}/-/v1/search`, access: find, handler: handle.search },
    { method: 'POST', path: `${anywhere}${bulk}`, access: find, handler: handle.advisories },
    { method: 'POST', path: `${anywhere}${quick}`, access: find, handler: handle.audit },
    { method: 'GET', path: `${anywhere}${tags}`, access: find, handler: handle.tags },
    { method: 'PUT', path: `${anywhere}${tags}/:tag`, access: find, handler: handle.setTag },
    { method: 'DELETE', path: `${anywhere}${tags}/:tag`, access: find, handler: handle.removeTag },
    { method: 'GET', path: `${anywhere}/${VERSION}`, access: find, handler: handle.version },
    { method: 'GET', path: `${anywhere}/${PACKAGE}`, access: find, handler: handle.packument },
  ];
}
