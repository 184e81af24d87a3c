import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import type { Route } from '../../http/route.ts';
import { createHandlers } from './handlers.ts';

export function gitRoutes(services: Services, links: Links): Route[] {
  const { advertise, fetch, push, refuseDumb, addSuffix } = createHandlers(services, links);
  const read = { on: 'project', by: 'repository', param: 'repo', permission: 'download_code' } as const;
  const write = { on: 'project', by: 'repository', param: 'repo', permission: 'push_code' } as const;
  const unsuffixed = { on: 'project', by: 'path', param: 'path', permission: 'download_code' } as const;
  const refs = '/:repo{.+\\.git}/info/refs';
  const fetching = { name: 'service', value: 'git-upload-pack' };
  const pushing = { name: 'service', value: 'git-receive-pack' };
  return [
    { method: 'GET', path: refs, query: fetching, access: read, handler: advertise('upload-pack') },
    { method: 'GET', path: refs, query: pushing, access: write, handler: advertise('receive-pack') },
    { method: 'GET', path: refs, access: read, handler: refuseDumb },
    { method: 'POST', path: '/:repo{.+\\.git}/git-upload-pack', access: read, handler: fetch },
    { method: 'POST', path: '/:repo{.+\\.git}/git-receive-pack', access: write, handler: push, slow: true },
    { method: 'GET', path: '/:path{.+}/info/refs', access: unsuffixed, handler: addSuffix },
  ];
}
