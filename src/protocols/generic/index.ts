import type { PackageType } from '../../http/packages/package-type.ts';
import { render } from './errors.ts';
import { MAX_BYTES } from './format.ts';
import { genericRoutes } from './routes.ts';
import { install, setup } from './setup.ts';

/** Files of any kind under a name and a version. */
export const generic: PackageType = {
  type: 'generic',
  title: 'Generic packages',
  maxBytes: MAX_BYTES,
  setup,
  install,
  protocol: (services, { maxBytes }) => ({
    routes: genericRoutes(services, maxBytes),
    render,
  }),
};
