import { forbidden, type PosternError } from '../lib/errors.ts';
import type { Route } from './route.ts';

export const noSudo = (): PosternError =>
  forbidden('Sudo is not supported: send a token of the user who is to be the author of the request.');

/**
 * Refuses a request to act as another user, as GitLab's API has it for administrators: it would be done in the name of
 * the administrator.
 * @throws PosternError `forbidden` on a row of the API.
 */
export function refuseSudo({ headers }: Request, query: URLSearchParams, { path }: Pick<Route, 'path'>): void {
  if (path.startsWith('/api/') && (headers.has('sudo') || query.has('sudo'))) throw noSudo();
}
