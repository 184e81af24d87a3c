import type { Services } from '../../domain/services.ts';
import { createLookup } from './lookup.ts';
import { createPublishHandlers } from './publish-handlers.ts';
import { createReadHandlers } from './read-handlers.ts';

/** @param maxBytes the largest file that is taken. */
export const createHandlers = (services: Services, maxBytes: number) => ({
  ...createReadHandlers(services, createLookup(services)),
  ...createPublishHandlers(services, maxBytes),
});
