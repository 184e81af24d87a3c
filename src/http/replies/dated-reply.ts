import { httpDate, isCurrent, REVALIDATED } from './conditions.ts';

/**
 * Adds the date to a response without an entity tag, or replaces it with 304 for a client that has it. It is to be
 * revalidated each time: without that, a date lets caches keep it for as long as they like. RFC 9111 section 4.2.2.
 */
export function dated(request: Request, response: Response, modifiedAt: number | undefined): Response {
  if (modifiedAt === undefined) return response;
  const headers = {
    'Last-Modified': httpDate(modifiedAt),
    'Cache-Control': REVALIDATED,
  };
  if (isCurrent(request.headers, null, modifiedAt)) return new Response(null, { status: 304, headers });
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}
