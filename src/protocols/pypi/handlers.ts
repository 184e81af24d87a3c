import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import { createPackageLookup } from '../../http/packages/package-lookup.ts';
import { createPublishHandlers } from './publish-handlers.ts';
import { createReadHandlers } from './read-handlers.ts';

export function createHandlers(services: Services, links: Links, maxBytes: number) {
  return {
    ...createReadHandlers(services, links, createPackageLookup(services, { type: 'pypi' })),
    ...createPublishHandlers(services, maxBytes),
  };
}
