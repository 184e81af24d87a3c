import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import type { Protocol } from '../../http/route.ts';
import { about } from './about.ts';
import { render } from './errors.ts';
import { MAX_BYTES, nameKey } from './format.ts';
import { pypiRoutes } from './routes.ts';
import { install, setup } from './setup.ts';

/** The Python package index. https://packaging.python.org/en/latest/specifications/simple-repository-api/ */
export const pypi = {
  type: 'pypi',
  title: 'PyPI packages',
  maxBytes: MAX_BYTES,
  foldName: nameKey,
  setup,
  install,
  about,
  protocol: (services: Services, { links, maxBytes }: { links: Links; maxBytes: number }): Protocol => ({
    name: 'pypi',
    routes: pypiRoutes(services, links, maxBytes),
    // As GitLab: its other package registries look at the token alone.
    credentials: { deployTokens: true, passwords: true, exactUsername: true },
    ignoresTrailingSlash: true,
    render,
  }),
};
