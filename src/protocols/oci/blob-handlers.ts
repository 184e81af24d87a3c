import type { ProjectFacts } from '../../domain/access/facts.ts';
import { addressOf } from '../../domain/images/address.ts';
import { toDigest } from '../../domain/images/digest.ts';
import type { Services } from '../../domain/services.ts';
import { isCurrent, rangeOf } from '../../http/replies/conditions.ts';
import { redirectToStorage } from '../../http/replies/redirect-to-storage.ts';
import type { RequestContext } from '../../http/route.ts';
import { errorResponse } from './errors.ts';

export function createBlobHandlers({ images }: Services) {
  return {
    /** end-2. OCI distribution-spec 1.1, "Pulling blobs". */
    async get({ request, params, facts, resource }: RequestContext<ProjectFacts>): Promise<Response> {
      const blob = await images.blobs.get(addressOf(facts, resource), toDigest(params['digest'] ?? ''));
      const headers = headersOf(blob.digest);
      const tag = `"${blob.digest}"`;
      if (isCurrent(request.headers, tag)) return new Response(null, { status: 304, headers });
      const range = rangeApplies(request, tag) ? rangeOf(request.headers.get('range'), blob.size) : null;
      if (range === 'unsatisfiable') {
        const message = `The blob has ${blob.size} bytes.`;
        return errorResponse(416, [{ code: 'SIZE_INVALID', message }], { 'Content-Range': `bytes */${blob.size}` });
      }
      if (request.method === 'HEAD')
        return new Response(null, { headers: { ...headers, 'Content-Length': String(blob.size) } });
      const bytes = await blob.open();
      const elsewhere = await bytes.address(headers);
      if (elsewhere !== null) return redirectToStorage(elsewhere);
      if (range === null)
        return new Response(await bytes.read(), { headers: { ...headers, 'Content-Length': String(blob.size) } });
      const { start, end } = range;
      return new Response(await bytes.read(start, end + 1), {
        status: 206,
        headers: {
          ...headers,
          'Content-Length': String(end - start + 1),
          'Content-Range': `bytes ${start}-${end}/${blob.size}`,
        },
      });
    },

    /** end-10. */
    async remove(context: RequestContext<ProjectFacts>): Promise<Response> {
      const { params, facts, resource } = context;
      await images.blobs.remove(addressOf(facts, resource), toDigest(params['digest'] ?? ''), context);
      return new Response(null, { status: 202, headers: { 'Content-Length': '0' } });
    },
  };
}

/**
 * The publisher chose the bytes of a blob: headers make a browser save them and never show them. The name is ours
 * because Bun would give away the file's.
 */
const headersOf = (digest: string) => ({
  'Content-Type': 'application/octet-stream',
  'Content-Disposition': `attachment; filename="${digest.replace(':', '-')}"`,
  'Docker-Content-Digest': digest,
  ETag: `"${digest}"`,
  'Accept-Ranges': 'bytes',
  'Cache-Control': 'private, max-age=31536000, immutable',
});

/**
 * A range of something that has changed since is no use; a blob never changes, but the client may mean another. RFC
 * 9110 section 13.1.5.
 */
function rangeApplies(request: Request, tag: string): boolean {
  const condition = request.headers.get('if-range');
  return request.method === 'GET' && (condition === null || condition === tag);
}
