import type { StoredBytes } from '../../lib/stored-bytes.ts';
import { rangeOf } from './conditions.ts';
import { redirectToStorage } from './redirect-to-storage.ts';

/**
 * The answer to a GET or HEAD of stored bytes: whole, or the range that was asked for. RFC 9110 section 14. Stored
 * content never changes, so a range needs no condition.
 * @param bytes read lazily; from a file they go to the socket without passing through us.
 * @param elsewhere whether this client would follow if it were sent to the storage itself.
 */
export async function sendBytes(
  request: Request,
  bytes: StoredBytes,
  headers: Record<string, string>,
  { elsewhere = false }: { elsewhere?: boolean | undefined } = {},
): Promise<Response> {
  const range = request.method === 'GET' ? rangeOf(request.headers.get('range'), bytes.size) : null;
  const all = { ...headers, 'Accept-Ranges': 'bytes' };
  if (range === 'unsatisfiable') {
    return new Response(null, { status: 416, headers: { ...all, 'Content-Range': `bytes */${bytes.size}` } });
  }
  if (request.method === 'HEAD') return new Response(null, { headers: { ...all, 'Content-Length': `${bytes.size}` } });
  const address = elsewhere ? await bytes.address(headers) : null;
  if (address !== null) return redirectToStorage(address);
  if (range === null)
    return new Response(await bytes.read(), { headers: { ...all, 'Content-Length': `${bytes.size}` } });
  const { start, end } = range;
  return new Response(await bytes.read(start, end + 1), {
    status: 206,
    headers: {
      ...all,
      'Content-Length': String(end - start + 1),
      'Content-Range': `bytes ${start}-${end}/${bytes.size}`,
    },
  });
}
