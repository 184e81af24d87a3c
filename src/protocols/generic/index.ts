import type { Services } from '../../domain/services.ts';
import type { Protocol } from '../../http/route.ts';
import { render } from './errors.ts';
import { MAX_BYTES } from './format.ts';
import { genericRoutes } from './routes.ts';
import { install, setup } from './setup.ts';

/** Files of any kind under a name and a version. */
export const generic = {
  type: 'generic',
  title: 'Generic packages',
  maxBytes: MAX_BYTES,
  setup,
  install,
  protocol: (services: Services, { maxBytes }: { maxBytes: number }): Protocol => ({
    name: 'generic',
    routes: genericRoutes(services, maxBytes),
    ignoresTrailingSlash: true,
    credentials: { deployTokens: true, passwords: true, exactUsername: false },
    render,
  }),
};
