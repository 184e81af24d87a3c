import type { Links } from '../http/links.ts';
import { json } from '../http/replies/json.ts';
import type { RequestContext } from '../http/route.ts';

/** GitLab's response to a large deletion; here the deletion is complete when it is sent. */
export const accepted = () => json({ message: '202 Accepted' }, 202);

export const noContent = () => new Response(null, { status: 204 });

/** The page that `PageQuery` read, in the form that lists expect; at most 100 rows per page, without an error above. */
export const pageOf = (query: { page: number; per_page: number }) => ({
  page: query.page,
  perPage: Math.min(query.per_page, 100),
});

interface Listed<T> {
  items: T[];
  page: number;
  perPage: number;
  total: number;
}

/** Above this many rows the totals are left out, as GitLab does. */
const COUNTED = 10_000;

/** A page of a list, with GitLab's pagination headers. */
export function paginated<T>(
  context: RequestContext<unknown>,
  links: Links,
  { items, page, perPage, total }: Listed<T>,
  show: (item: T) => unknown,
): Response {
  const pages = Math.max(1, Math.ceil(total / perPage));
  const counted = total <= COUNTED;
  const place = { page, perPage, more: page < pages, last: counted ? pages : null };
  return json(items.map(show), 200, {
    ...pageHeaders(context, links, place),
    ...(counted ? { 'X-Total': String(total), 'X-Total-Pages': String(pages) } : {}),
  });
}

/** Cuts a page out of a list that is in memory as a whole. */
export const cutPage = <T>(all: readonly T[], { page, perPage }: { page: number; perPage: number }): Listed<T> => ({
  items: all.slice((page - 1) * perPage, page * perPage),
  page,
  perPage,
  total: all.length,
});

/** A page of a list whose length is not known, with GitLab's pagination headers for such lists. */
export function paginatedUncounted<T>(
  context: RequestContext<unknown>,
  links: Links,
  { items, ...place }: { items: readonly T[]; page: number; perPage: number; more: boolean },
  show: (item: T) => unknown,
): Response {
  return json(items.map(show), 200, pageHeaders(context, links, { ...place, last: null }));
}

/** @param last the number of the last page; null when it is not shown. */
function pageHeaders(
  context: RequestContext<unknown>,
  links: Links,
  { page, perPage, more, last }: { page: number; perPage: number; more: boolean; last: number | null },
): Record<string, string> {
  const next = more ? page + 1 : null;
  const previous = page > 1 ? page - 1 : null;
  const targets = [
    [previous, 'prev'],
    [next, 'next'],
    [1, 'first'],
    [last, 'last'],
  ] as const;
  return {
    'X-Page': String(page),
    'X-Per-Page': String(perPage),
    'X-Next-Page': String(next ?? ''),
    'X-Prev-Page': String(previous ?? ''),
    Link: targets
      .flatMap(([target, rel]) =>
        target === null ? [] : linkTo(context, links, { page: String(target), per_page: String(perPage) }, rel),
      )
      .join(', '),
  };
}

/**
 * A value of the `Link` header, to another page of the same list.
 * @param place the parameters that name the page; the others stay as they are in the request.
 */
export function linkTo(
  { request, query }: RequestContext<unknown>,
  links: Links,
  place: Readonly<Record<string, string>>,
  rel: string,
): string {
  const parameters = new URLSearchParams(query);
  for (const [name, value] of Object.entries(place)) parameters.set(name, value);
  return `<${links.base()}${new URL(request.url).pathname}?${parameters}>; rel="${rel}"`;
}
