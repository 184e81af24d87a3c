import { forbidden, type PosternError } from '../lib/errors.ts';
import type { Route } from './route.ts';

export const noSudo = (): PosternError =>
  forbidden('Sudo is not supported: send a token of the user who is to be the author of the request.');

/**
 * Refuses a request to act as another user, which GitLab's API offers to administrators. If the parameter were ignored,
 * the administrator would be the author of the change.
 * @throws PosternError `forbidden` on a row of the API.
 */
export function refuseSudo({ headers }: Request, query: URLSearchParams, { path }: Pick<Route, 'path'>): void {
  if (path.startsWith('/api/') && (headers.has('sudo') || query.has('sudo'))) throw noSudo();
}
