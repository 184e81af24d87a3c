import type { AccessEntry } from '../../domain/images/access-tokens.ts';
import { invalidParameter, ruleBroken } from '../../lib/errors.ts';

/** One thing a client wants a bearer token for: `repository:group/project/image:pull,push`. */
export interface RequestedScope {
  type: string;
  name: string;
  actions: string[];
}

/** More than this nobody asks for at once; each is looked up. */
const MAX_SCOPES = 100;

/**
 * Reads `scope` parameters: repeated, or several in one with spaces between them. The type is before the first colon
 * and the actions behind the last one, as a name may hold a host with a port. Malformed entries are left out.
 */
export function parseScopes(values: readonly string[]): RequestedScope[] {
  const texts = values.flatMap((value) => value.split(' ')).filter((text) => text !== '');
  if (texts.length > MAX_SCOPES) throw invalidParameter(`More than ${MAX_SCOPES} scopes were asked for`);
  return texts.flatMap((text) => {
    const first = text.indexOf(':');
    const last = text.lastIndexOf(':');
    if (first < 0 || last <= first) return [];
    return [
      { type: text.slice(0, first), name: text.slice(first + 1, last), actions: text.slice(last + 1).split(',') },
    ];
  });
}

/** The other way round, for the answer to a form. */
export const formatScopes = (access: readonly AccessEntry[]) =>
  access.map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`).join(' ');

/**
 * `Content-Range` of a chunk: `0-1023`, without the unit that HTTP has before it; with it is understood too.
 * @throws PosternError invalid, about `upload`.
 */
export function parseContentRange(header: string | null): { start: number; end: number } | null {
  if (header === null) return null;
  const match = /^(?:bytes[= ])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header.trim());
  if (!match) throw ruleBroken('Content-Range must be two numbers with a dash between them.', 'upload');
  return { start: Number(match[1]), end: Number(match[2]) };
}

/** Which bytes have come, as the protocol says it; of none it says the same as of one. */
export const uploadRange = (size: number) => `0-${Math.max(0, size - 1)}`;

/** The most that is listed in one answer; there is a link to the next. */
const MAX_PAGE = 1000;

/** @throws PosternError invalid, about `page`. */
export function pageOf(query: URLSearchParams): { after: string | null; limit: number } {
  const n = query.get('n');
  if (n !== null && !/^\d{1,15}$/.test(n)) throw ruleBroken('n must be a whole number, 0 or more.', 'page');
  return { after: query.get('last') || null, limit: n === null ? MAX_PAGE : Math.min(Number(n), MAX_PAGE) };
}

/** One page of a list, of which one more than wanted was fetched, and the link to what comes after it. */
export function paged<T>(
  items: readonly T[],
  limit: number,
  path: string,
  lastOf: (item: T) => string,
  filter: Record<string, string> = {},
): { items: T[]; headers: Record<string, string> } {
  return linked({ items: items.slice(0, limit), more: items.length > limit }, limit, path, lastOf, filter);
}

/** The same for a page of which it is known whether there is more behind it. */
export function linked<T>(
  { items, more }: { items: T[]; more: boolean },
  limit: number,
  path: string,
  lastOf: (item: T) => string,
  filter: Record<string, string> = {},
): { items: T[]; headers: Record<string, string> } {
  const last = items.at(-1);
  if (!more || last === undefined) return { items, headers: {} };
  const query = new URLSearchParams({ ...filter, n: String(limit), last: lastOf(last) });
  return { items, headers: { Link: `<${path}?${query}>; rel="next"` } };
}
