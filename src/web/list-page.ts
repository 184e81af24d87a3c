interface PageRequest {
  page: number;
  perPage: number;
}

/**
 * The part of a list that an address asks for, `?page=2`. Past the end stands the last page: what was alone on the one
 * after it may just have been deleted.
 * @param parameter the query parameter for the page number, where a page has several lists.
 */
export async function listPage<T extends { total: number }>(
  query: URLSearchParams,
  perPage: number,
  read: (page: PageRequest) => Promise<T>,
  parameter = 'page',
): Promise<T> {
  const text = query.get(parameter) ?? '1';
  const page = /^[1-9]\d{0,6}$/.test(text) ? Number(text) : 1;
  const found = await read({ page, perPage });
  const last = Math.max(1, Math.ceil(found.total / perPage));
  return page > last ? read({ page: last, perPage }) : found;
}
