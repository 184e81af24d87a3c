import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import { createPackageLookup } from '../../http/packages/package-lookup.ts';
import { json } from '../../http/replies/json.ts';
import type { RequestContext } from '../../http/route.ts';
import { createPublishHandlers } from './publish-handlers.ts';
import { createReadHandlers } from './read-handlers.ts';
import { createTagHandlers } from './tag-handlers.ts';

export function createHandlers(services: Services, links: Links, maxBytes: number) {
  const lookup = createPackageLookup(services, { type: 'npm', ownerOf });
  return {
    ...createReadHandlers(services, links, lookup),
    ...createTagHandlers(services, lookup),
    ...createPublishHandlers(services, maxBytes),

    ping: () => json({}),

    whoami: ({ username }: RequestContext<unknown>) => json({ username }),

    /** The server has no advisories. GitLab sends the same response when it does not forward audits. */
    advisories: () => json([]),

    /** The same for older clients, which read these fields. */
    audit: () => json(NOTHING_FOUND),
  };
}

/** The scope of a package is the path of its namespace. */
function ownerOf(name: string): { namespace: string } | null {
  const scope = /^@([^/]+)\//.exec(name)?.[1];
  return scope === undefined ? null : { namespace: scope };
}

const NOTHING_FOUND = {
  actions: [],
  advisories: {},
  muted: [],
  metadata: {
    vulnerabilities: { info: 0, low: 0, moderate: 0, high: 0, critical: 0 },
    dependencies: 0,
    devDependencies: 0,
    optionalDependencies: 0,
    totalDependencies: 0,
  },
};
