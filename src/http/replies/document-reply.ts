import type { PackageDocument } from '../../domain/packages/document-store.ts';
import { decompressing } from '../../lib/compress-text.ts';
import type { StoredBytes } from '../../lib/stored-bytes.ts';
import type { RequestContext } from '../route.ts';
import { acceptsCoding } from './accept.ts';
import { httpDate, isCurrent, REVALIDATED } from './conditions.ts';

type Asked = Pick<RequestContext<unknown>, 'request' | 'track'>;

/** The initial congestion window (RFC 6928): a response within it arrives no later than a 304 would. */
const ONE_SHOT_BYTES = 14_000;

/** The names of the coding. RFC 9110 section 8.4.1.3. */
const GZIP = ['gzip', 'x-gzip'];

interface DocumentOptions {
  /** Its clients spend more on caching and revalidating a small one than on reading it again. */
  costlyToKeep?: boolean;
}

/**
 * The answer to a GET or HEAD of a document that changes: as it lies for who takes gzip, unpacked for who does not, and
 * nothing for who has it. The tag is a weak one, because it is of the text, whichever way that is sent.
 */
export async function documentReply(
  { request, track }: Asked,
  { etag, modifiedAt, body: given }: PackageDocument,
  type: string,
  { costlyToKeep = false }: DocumentOptions = {},
): Promise<Response> {
  const headers = new Headers({
    ETag: `W/"${etag}"`,
    'Content-Type': type,
    'Cache-Control': REVALIDATED,
    // Not by Authorization, although what is found differs: npm and pip write the values of such headers into their
    // caches. It is for one client alone, who asks each time whether it is still so.
    Vary: 'Accept, Accept-Encoding',
  });
  if (modifiedAt !== undefined) headers.set('Last-Modified', httpDate(modifiedAt));
  if (isCurrent(request.headers, `"${etag}"`, modifiedAt)) return new Response(null, { status: 304, headers });
  const body = typeof given === 'function' ? await given() : given;
  const zipped = acceptsCoding(request.headers.get('accept-encoding'), GZIP);
  if (zipped) headers.set('Content-Encoding', 'gzip');
  const isHead = request.method === 'HEAD';
  if (!(body instanceof Uint8Array)) return streamed(body, { headers, zipped, isHead, track });
  if (costlyToKeep && body.byteLength <= ONE_SHOT_BYTES) headers.set('Cache-Control', 'no-store');
  if (!zipped && unpackedSize(body) > MAX_UNPACKED)
    return streamed(inOnePiece(body), { headers, zipped, isHead, track });
  const bytes = zipped ? body : Bun.gunzipSync(new Uint8Array(body));
  headers.set('Content-Length', String(bytes.byteLength));
  return new Response(isHead ? null : new Uint8Array(bytes), { headers });
}

/**
 * Up to so many bytes are unpacked at once; more in pieces: what says the same of very many versions is a hundred times
 * as large as it lies.
 */
const MAX_UNPACKED = 1024 * 1024;

/** As the end of what we have packed says. RFC 1952 section 2.3.1. */
const unpackedSize = (packed: Uint8Array) => Buffer.from(packed.slice(-4)).readUInt32LE();

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Content that is decompressed or generated while sending has no known length. */
async function streamed(
  body: StoredBytes | AsyncGenerator<Uint8Array>,
  { headers, zipped, isHead, track }: { headers: Headers; zipped: boolean; isHead: boolean; track: Asked['track'] },
): Promise<Response> {
  const stored = 'read' in body ? body : null;
  if (stored && zipped) headers.set('Content-Length', String(stored.size));
  if (isHead) return new Response(null, { headers });
  if (stored && zipped) return new Response(await stored.read(), { headers });
  const packed = 'read' in body ? body.stream() : body;
  return new Response(track(streamOf(zipped ? packed : decompressing(packed))), { headers });
}

/** Nothing is made before it can be sent. */
function streamOf(body: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const bytes = body[Symbol.asyncIterator]();
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const { done, value } = await bytes.next();
    if (done) controller.close();
    else controller.enqueue(value);
  };
  return new ReadableStream({ pull, cancel: async () => void (await bytes.return?.()) }, { highWaterMark: 0 });
}
