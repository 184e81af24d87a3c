import type { StoredBytes } from '../../lib/stored-bytes.ts';
import { httpDate, isCurrent, REVALIDATED } from './conditions.ts';
import { contentDisposition } from './content-disposition.ts';
import { sendBytes } from './send-bytes.ts';

export interface FileReply {
  /** SHA-256 of the bytes, hex: the entity tag. */
  sha256: string;
  /** When the file was published, in milliseconds since 1970. */
  modifiedAt: number;
  /** The name that a browser or `curl -OJ` saves it under. */
  filename: string;
  type?: string;
  /** Whether the clients of this file follow when they are sent to the storage itself for it. */
  mayRedirect?: boolean;
}

/**
 * The answer to a GET or HEAD of a file: whole, a range of it, or nothing when the client has it. RFC 9110 sections 13
 * and
 * 14. A newer file may take the name, so a range is of the bytes that the client began with or of none.
 */
export async function fileReply(
  request: Request,
  bytes: StoredBytes,
  { sha256, modifiedAt, filename, type, mayRedirect: elsewhere }: FileReply,
): Promise<Response> {
  const etag = `"${sha256}"`;
  const headers = {
    ETag: etag,
    'Last-Modified': httpDate(modifiedAt),
    'Cache-Control': REVALIDATED,
    'Content-Type': type ?? 'application/octet-stream',
    'Content-Disposition': contentDisposition('attachment', filename),
  };
  if (isCurrent(request.headers, etag, modifiedAt)) return new Response(null, { status: 304, headers });
  const begun = request.headers.get('if-range');
  return sendBytes(begun === null || begun === etag ? request : whole(request), bytes, headers, { elsewhere });
}

function whole(request: Request): Request {
  const headers = new Headers(request.headers);
  headers.delete('range');
  return new Request(request.url, { method: request.method, headers });
}
