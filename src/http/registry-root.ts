import { notFound } from '../lib/errors.ts';
import type { Route } from './route.ts';

/**
 * What all addresses of a project's registry begin with. Nothing is there, as with GitLab; but it is what stands in a
 * client's settings, and people try it with the token that they have: who is wrong about that is told so, in the
 * registry's own words.
 */
export const registryRoot = (path: string): Route => ({
  method: 'GET',
  path,
  access: { on: 'project', by: 'id', param: 'id', permission: 'read_package' },
  handler: () => {
    throw notFound('package registry');
  },
});
