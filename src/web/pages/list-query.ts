import { withoutFlash } from '../flash.ts';

/** The list options in a query: `?search=app&sort=-name`; the dash means descending order. */
export function readListQuery<By extends string>(
  query: URLSearchParams,
  columns: readonly By[],
  usual: { by: By; direction: 'asc' | 'desc' },
): { search: string; order: { by: By; direction: 'asc' | 'desc' } } {
  const search = (query.get('search') ?? '').trim().slice(0, 255);
  const sort = query.get('sort') ?? '';
  const by = columns.find((one) => one === sort.replace(/^-/, ''));
  if (by === undefined) return { search, order: usual };
  return { search, order: { by, direction: sort.startsWith('-') ? 'desc' : 'asc' } };
}

/**
 * Once up, once down: what a column's title leads to, and what it says of the list as it is.
 * @param fragment with its `#`: the section that the list is in.
 */
export function sortLink<By extends string>(
  order: { by: By; direction: 'asc' | 'desc' },
  query: URLSearchParams,
  by: By,
  fragment = '',
): { href: string; sorted: 'ascending' | 'descending' | undefined } {
  const mine = order.by === by;
  const parameters = withoutFlash(query);
  parameters.delete('page');
  parameters.set('sort', mine && order.direction === 'asc' ? `-${by}` : by);
  return {
    href: `?${parameters}${fragment}`,
    sorted: mine ? (order.direction === 'asc' ? 'ascending' : 'descending') : undefined,
  };
}

/** A number in an address; null: it is none. */
export const numberIn = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
