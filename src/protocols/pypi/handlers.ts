import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import { createLookup } from './lookup.ts';
import { createPublishHandlers } from './publish-handlers.ts';
import { createReadHandlers } from './read-handlers.ts';

export function createHandlers(services: Services, links: Links, maxBytes: number) {
  return {
    ...createReadHandlers(services, links, createLookup(services)),
    ...createPublishHandlers(services, links, maxBytes),
  };
}
