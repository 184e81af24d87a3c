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
        target === null ? [] : [`<${pageUrl(context, links, target, perPage)}>; rel="${rel}"`],
      )
      .join(', '),
  };
}

function pageUrl({ request, query }: RequestContext<unknown>, links: Links, page: number, perPage: number): string {
  const url = new URL(request.url);
  const parameters = new URLSearchParams(query);
  parameters.set('page', String(page));
  parameters.set('per_page', String(perPage));
  return `${links.base()}${url.pathname}?${parameters}`;
}
