import { invalidParameter } from '../../lib/errors.ts';
import type { Route } from '../route.ts';

/**
 * Refuses a `PUT` with `Content-Range`, such as that of `curl -C 4 -T file`: its body is a part of the file, and would
 * be stored as the whole file. RFC 9110 section 14.5.
 * @throws PosternError `invalid`, unless the row takes ranges.
 */
export function refuseRange({ method, headers }: Request, { takesRange }: Pick<Route, 'takesRange'>): void {
  if (method !== 'PUT' || takesRange || !headers.has('content-range')) return;
  throw invalidParameter('Content-Range is not accepted', 'Send the whole file: an upload cannot be resumed here.');
}
