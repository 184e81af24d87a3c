import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { Services } from '../../../domain/services.ts';
import type { Links } from '../../../http/links.ts';
import type { RequestContext, Route } from '../../../http/route.ts';
import { notFound, notImplemented } from '../../../lib/errors.ts';
import { createLockHandlers } from './lock-handlers.ts';
import { createObjectHandlers } from './object-handlers.ts';

type Handler = (context: RequestContext<ProjectFacts>) => Response | Promise<Response>;

export function lfsRoutes(services: Services, links: Links): Route[] {
  const objects = createObjectHandlers(services, links);
  const locks = createLockHandlers(services);
  const read = { on: 'project', by: 'repository', param: 'repo', permission: 'download_code' } as const;
  const write = { on: 'project', by: 'repository', param: 'repo', permission: 'push_code' } as const;
  const api = '/:repo{.+\\.git}/info/lfs';
  const bytes = '/:repo{.+\\.git}/gitlab-lfs/objects/:oid';
  return [
    // A batch that uploads also needs push_code; the handler checks it when it has read the body.
    { method: 'POST', path: `${api}/objects/batch`, access: read, handler: whereOn(objects.batch) },
    { method: 'POST', path: `${api}/verify`, access: write, handler: whereOn(objects.verify) },
    { method: 'GET', path: bytes, access: read, handler: whereOn(objects.download) },
    { method: 'PUT', path: `${bytes}/:size`, access: write, handler: whereOn(objects.upload) },
    { method: 'POST', path: `${api}/objects`, access: write, handler: whereOn(objects.legacy) },
    { method: 'GET', path: `${api}/objects/:oid`, access: read, handler: whereOn(objects.legacy) },
    { method: 'GET', path: `${api}/locks`, access: read, handler: whereOn(locks.list) },
    { method: 'POST', path: `${api}/locks`, access: write, handler: whereOn(locks.create) },
    { method: 'POST', path: `${api}/locks/verify`, access: write, handler: whereOn(locks.verify) },
    { method: 'POST', path: `${api}/locks/:id/unlock`, access: write, handler: whereOn(locks.unlock) },
  ];
}

/** Checks that LFS is enabled on the server and in the project. Only clients that the row admits learn about it. */
function whereOn(handler: Handler): Handler {
  return (context) => {
    const { instance, features } = context.facts;
    if (!instance.lfs) throw notImplemented('Git LFS is not enabled on this server, contact your administrator.');
    if (!features.lfs) throw notFound('Git LFS');
    return handler(context);
  };
}
