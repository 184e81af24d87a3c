import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import { atEachLevel, READ_ANYWHERE } from '../../http/packages/at-each-level.ts';
import { packageInAddress } from '../../http/packages/package-in-address.ts';
import type { Route } from '../../http/route.ts';
import { createHandlers } from './handlers.ts';

/** Clients send the slash of a scope escaped, in either case, or unescaped. */
const PACKAGE = ':package{(?:@[^/]+/)?[^/]+}';
/** A scope alone is no name: a name follows it. */
const VERSION = ':package{(?!-/)(?:@[^/%]+(?:/|%2[Ff]))?[^@/%]+}/:version';
const FILE = ':file{(?:@[^/]+/)?[^/]+}';
const TAGS = `/-/package/${PACKAGE}/dist-tags`;
const ATTESTATIONS = `/-/npm/v1/attestations/${PACKAGE}@:version`;
const SECURITY = '/-/npm/v1/security';

export function npmRoutes(services: Services, links: Links, maxBytes: number): Route[] {
  const handle = createHandlers(services, links, maxBytes);
  const [read, create, destroy, withdraw] = [
    { project: 'read_package' },
    { project: 'create_package' },
    { project: 'destroy_package' },
    { project: 'withdraw_package' },
  ] as const;
  // Below a group and on the instance a tag is set in the project of the package: the handler checks the permission
  // there.
  const [createTag, withdrawTag] = [
    { ...READ_ANYWHERE, ...create },
    { ...READ_ANYWHERE, ...withdraw },
  ] as const;
  const packageIn = packageInAddress('npm', ({ package: name }) => name);
  return atEachLevel('npm', [
    { method: 'GET', path: '/-/ping', access: READ_ANYWHERE, handler: handle.ping },
    { method: 'GET', path: '/-/whoami', access: READ_ANYWHERE, handler: handle.whoami },
    { method: 'GET', path: '/-/v1/search', access: READ_ANYWHERE, handler: handle.search },
    { method: 'POST', path: `${SECURITY}/advisories/bulk`, access: READ_ANYWHERE, handler: handle.advisories },
    { method: 'POST', path: `${SECURITY}/audits/quick`, access: READ_ANYWHERE, handler: handle.audit },
    { method: 'POST', path: `${SECURITY}/audits`, access: read, handler: handle.audit },
    { method: 'GET', path: ATTESTATIONS, access: read, handler: handle.attestations },
    { method: 'GET', path: TAGS, access: READ_ANYWHERE, handler: handle.tags },
    { method: 'PUT', path: `${TAGS}/:tag`, access: createTag, packageIn, handler: handle.setTag },
    { method: 'DELETE', path: `${TAGS}/:tag`, access: withdrawTag, packageIn, handler: handle.removeTag },
    { method: 'GET', path: `/${PACKAGE}/-/${FILE}`, access: read, handler: handle.tarball },
    {
      method: 'DELETE',
      path: `/${PACKAGE}/-/${FILE}/-rev/:rev`,
      access: destroy,
      packageIn,
      handler: handle.unpublishFile,
    },
    { method: 'PUT', path: `/${PACKAGE}/-rev/:rev`, access: destroy, packageIn, handler: handle.putWithout },
    { method: 'DELETE', path: `/${PACKAGE}/-rev/:rev`, access: destroy, packageIn, handler: handle.unpublish },
    { method: 'GET', path: `/${VERSION}`, access: READ_ANYWHERE, handler: handle.version },
    { method: 'GET', path: `/${PACKAGE}`, access: READ_ANYWHERE, handler: handle.packument },
    { method: 'PUT', path: `/${PACKAGE}`, access: create, packageIn, handler: handle.put },
  ]);
}
