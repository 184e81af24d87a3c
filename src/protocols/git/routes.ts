import type { Services } from '../../domain/services.ts';
import type { Route } from '../../http/route.ts';
import { createHandlers } from './handlers.ts';

export function gitRoutes(services: Services): Route[] {
  const { advertise, serve } = createHandlers(services);
  const read = { on: 'project', by: 'repository', param: 'repo', permission: 'download_code' } as const;
  const write = { on: 'project', by: 'repository', param: 'repo', permission: 'push_code' } as const;
  const refs = '/:repo{.+\\.git}/info/refs';
  return [
    {
      method: 'GET',
      path: refs,
      query: { name: 'service', value: 'git-upload-pack' },
      access: read,
      handler: advertise('upload-pack'),
    },
    {
      method: 'GET',
      path: refs,
      query: { name: 'service', value: 'git-receive-pack' },
      access: write,
      handler: advertise('receive-pack'),
    },
    { method: 'POST', path: '/:repo{.+\\.git}/git-upload-pack', access: read, handler: serve('upload-pack') },
    { method: 'POST', path: '/:repo{.+\\.git}/git-receive-pack', access: write, handler: serve('receive-pack') },
  ];
}
