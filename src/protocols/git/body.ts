import type { RequestContext } from '../../http/route.ts';
import { tooLarge, unsupportedMedia } from '../../lib/errors.ts';
import { gunzipBody } from '../../lib/gunzip-body.ts';

/**
 * The body of a request, decompressed and bounded, so that a small body that expands to a huge one costs nothing. Git
 * compresses the body of a fetch that is longer than 1 KiB.
 * @param maxBytes after decompression.
 * @throws PosternError `unsupported_media` at once for another content coding; while the body is read `too_large`, also
 * for one that expands to many times its size, and `invalid` for a body that is not gzip.
 */
export function readBody(
  { request, body: sent }: Pick<RequestContext, 'request' | 'body'>,
  maxBytes: number,
): AsyncIterable<Uint8Array> {
  const coding = (request.headers.get('content-encoding') ?? 'identity').trim().toLowerCase();
  if (!/^(identity|(x-)?gzip)$/.test(coding)) throw unsupportedMedia('Send the body plain or as gzip.');
  const length = Number(request.headers.get('content-length') ?? 0);
  if (length > maxBytes) throw tooLarge(`The request is larger than ${maxBytes} bytes.`);
  const body = sent ?? new Blob([]).stream();
  return coding === 'identity' ? bounded(body, maxBytes) : bounded(gunzipBody(body), maxBytes);
}

async function* bounded(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncIterable<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(`The request is larger than ${maxBytes} bytes.`);
    yield chunk;
  }
}
