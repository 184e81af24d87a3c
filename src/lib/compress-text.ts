import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Up to so much is compressed at once; more goes to another thread, piece by piece, and other requests go on in between. */
const PIECE = 64 * 1024;

/**
 * Compresses a text that comes whole or in parts, which are not held together in memory.
 * @returns the SHA-256 of the text, hex, and the text under gzip.
 */
export async function compressText(text: string | Iterable<string>): Promise<{ etag: string; body: Uint8Array }> {
  const hasher = new Bun.CryptoHasher('sha256');
  const pieces = piecesOf(typeof text === 'string' ? [text] : text, hasher);
  const { value: first = Buffer.alloc(0) } = pieces.next();
  const next = pieces.next();
  if (next.done) return { body: Bun.gzipSync(first), etag: hasher.digest('hex') };
  const rest = (function* () {
    yield first;
    yield next.value;
    yield* pieces;
  })();
  const zipped: Buffer[] = [];
  await pipeline(Readable.from(rest), createGzip(), async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) zipped.push(chunk);
  });
  return { body: Buffer.concat(zipped), etag: hasher.digest('hex') };
}

/** Joins what is small and hashes what is joined. */
function* piecesOf(parts: Iterable<string>, hasher: Bun.CryptoHasher): Generator<Buffer<ArrayBuffer>, undefined> {
  let [held, length] = [[] as string[], 0];
  const take = () => {
    const piece = Buffer.from(held.join(''));
    [held, length] = [[], 0];
    hasher.update(piece);
    return piece;
  };
  for (const part of parts) {
    held.push(part);
    length += part.length;
    if (length >= PIECE) yield take();
  }
  if (length > 0) yield take();
}
