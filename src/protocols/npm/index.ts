import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import type { Protocol } from '../../http/route.ts';
import { about } from './about.ts';
import { render } from './errors.ts';
import { MAX_BYTES } from './format.ts';
import { npmRoutes } from './routes.ts';
import { install, setup } from './setup.ts';

/** The npm registry. https://github.com/npm/registry/tree/main/docs */
export const npm = {
  type: 'npm',
  title: 'npm packages',
  maxBytes: MAX_BYTES,
  setup,
  install,
  about,
  protocol: (services: Services, { links, maxBytes }: { links: Links; maxBytes: number }): Protocol => ({
    name: 'npm',
    routes: npmRoutes(services, links, maxBytes),
    ignoresTrailingSlash: true,
    credentials: { deployTokens: true, passwords: true, exactUsername: false },
    render,
  }),
};
