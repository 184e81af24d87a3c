import type { Services } from '../../domain/services.ts';
import { createPackageLookup, type LookupOptions } from '../../http/packages/package-lookup.ts';
import { createPublishHandlers } from './publish-handlers.ts';
import { createReadHandlers } from './read-handlers.ts';

/**
 * On the instance a package is in the project whose path is its name. Maven and sbt send credentials only after a 401;
 * pip and npm send them at once, and ask another registry after a 404.
 */
const LOOKUP: LookupOptions = { type: 'maven', ownerOf: (name) => ({ project: name }), needsChallenge: true };

/** @param maxBytes the largest accepted file. */
export const createHandlers = (services: Services, maxBytes: number) => ({
  ...createReadHandlers(services, createPackageLookup(services, LOOKUP)),
  ...createPublishHandlers(services, maxBytes),
});
