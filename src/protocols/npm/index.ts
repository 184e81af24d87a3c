import type { PackageType } from '../../http/packages/package-type.ts';
import { about } from './about.ts';
import { render } from './errors.ts';
import { MAX_BYTES } from './format.ts';
import { packuments } from './packument.ts';
import { npmRoutes } from './routes.ts';
import { install, setup } from './setup.ts';
import { clearDeleted, TAG } from './tags.ts';

/** The npm registry. https://github.com/npm/registry/tree/main/docs */
export const npm: PackageType = {
  type: 'npm',
  title: 'npm packages',
  maxBytes: MAX_BYTES,
  tagPrefix: TAG,
  buildMark: '+',
  withdrawal: 'deprecated',
  versionProperties: ({ deprecated }) =>
    typeof deprecated === 'string' && deprecated !== '' ? [['deprecated', 'true']] : [],
  onVersionsDeleted: clearDeleted(),
  documents: { package: packuments },
  setup,
  install,
  about,
  protocol: (services, { links, maxBytes }) => ({
    routes: npmRoutes(services, links, maxBytes),
    render,
  }),
};
