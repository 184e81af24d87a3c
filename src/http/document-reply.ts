import { matchesTag } from './conditions.ts';

/** A text that is kept compressed. */
export interface CompressedDocument {
  /** SHA-256 of the text, hex. */
  etag: string;
  /** The text under gzip. */
  body: Uint8Array;
}

/**
 * The answer to a GET or HEAD of a document that changes: as it lies for who takes gzip, unpacked for who does not, and nothing
 * for who has it. The tag is a weak one, because it is of the text, whichever way that is sent.
 */
export function documentReply(request: Request, { etag, body }: CompressedDocument, type: string): Response {
  const headers = new Headers({
    ETag: `W/"${etag}"`,
    'Content-Type': type,
    'Cache-Control': 'private, max-age=0, must-revalidate',
    Vary: 'Accept, Accept-Encoding, Authorization',
  });
  if (matchesTag(request.headers.get('if-none-match'), `"${etag}"`))
    return new Response(null, { status: 304, headers });
  const zipped = takesGzip(request.headers.get('accept-encoding') ?? '');
  const bytes = zipped ? body : Bun.gunzipSync(new Uint8Array(body));
  if (zipped) headers.set('Content-Encoding', 'gzip');
  headers.set('Content-Length', String(bytes.byteLength));
  return new Response(request.method === 'HEAD' ? null : new Uint8Array(bytes), { headers });
}

/** RFC 9110 section 12.5.3. */
function takesGzip(accepts: string): boolean {
  return accepts.split(',').some((each) => /^\s*(x-)?gzip\s*(;\s*q=(?!0(\.0*)?\s*$)|$)/i.test(each));
}
