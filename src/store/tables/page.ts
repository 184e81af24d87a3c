import type { SelectQueryBuilder } from 'kysely';

/** Which page of a list is wanted: `page` counts from 1. */
export interface PageRequest {
  page: number;
  perPage: number;
}

export interface Page<T> extends PageRequest {
  items: T[];
  /** How many there are in all, on every page together. */
  total: number;
}

/** Runs a query for one page of its rows and counts them all. */
export async function paginate<D, T extends keyof D, R>(
  query: SelectQueryBuilder<D, T, R>,
  request: PageRequest,
): Promise<Page<R>> {
  const items = await query
    .limit(request.perPage)
    .offset((request.page - 1) * request.perPage)
    .execute();
  // A page that is not full ends the list, and says how long it is without counting; an empty one only if it is the
  // first.
  const known = items.length < request.perPage && (items.length > 0 || request.page === 1);
  const total = known ? (request.page - 1) * request.perPage + items.length : await count(query);
  return { ...request, items, total };
}

async function count<D, T extends keyof D, R>(query: SelectQueryBuilder<D, T, R>): Promise<number> {
  const counted = query
    .clearSelect()
    .clearOrderBy()
    .select((eb) => eb.fn.countAll<number>().as('count'));
  const row = (await counted.executeTakeFirstOrThrow()) as { count: number };
  return Number(row.count);
}

export function mapPage<A, B>(page: Page<A>, map: (item: A) => B): Page<B> {
  return { ...page, items: page.items.map(map) };
}
