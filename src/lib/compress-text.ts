import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

/** A text that comes whole or in parts, which are not held together in memory. */
export type Text = string | Iterable<string> | AsyncIterable<string>;

/**
 * Up to so much is compressed at once; more goes to another thread, piece by piece, and other requests go on in
 * between.
 */
const PIECE = 64 * 1024;

/**
 * All others wait while it is done. Documents of packages become 5 % larger than by zlib at most, which takes two to
 * four times as long, and longer still in a busy server: it has more memory to touch.
 */
const ONE_SHOT = { library: 'libdeflate', level: 1 } as const;

/**
 * Compresses a text while it is read.
 * @returns the text under gzip, to be read once, and the SHA-256 of the text, hex: to be asked when it has been read to
 * its end.
 */
export function compressing(text: Text): { bytes: AsyncGenerator<Uint8Array>; etag: () => string } {
  const hasher = new Bun.CryptoHasher('sha256');
  const pieces = piecesOf(typeof text === 'string' ? [text] : text, hasher);
  return { bytes: compressed(pieces), etag: () => hasher.digest('hex') };
}

/** Compresses a text. @returns the SHA-256 of the text, hex, and the text under gzip. */
export async function compressText(text: Text): Promise<{ etag: string; body: Uint8Array }> {
  const { bytes, etag } = compressing(text);
  const zipped: Uint8Array[] = [];
  for await (const chunk of bytes) zipped.push(chunk);
  const [only] = zipped;
  return { body: only && zipped.length === 1 ? only : Buffer.concat(zipped), etag: etag() };
}

async function* compressed(pieces: AsyncGenerator<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array> {
  const first = await pieces.next();
  const next = first.done ? first : await pieces.next();
  if (next.done) {
    yield Bun.gzipSync(first.value ?? new Uint8Array(), ONE_SHOT);
    return;
  }
  const rest = (async function* () {
    yield first.value;
    yield next.value;
    yield* pieces;
  })();
  yield* through(createGzip(), rest);
}

/**
 * Unpacks what is under gzip while it is read, and reads no further ahead than that. (A `DecompressionStream` of the
 * runtime does: it held all of a body that its reader took slowly.)
 */
export const decompressing = (bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> =>
  through(createGunzip(), bytes);

/** Whether this is what `decompressing` throws of bytes that are not gzip, are not all of it, or were damaged. */
export const isOfGzip = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && /^Z_[A-Z]+_ERROR$/.test(error.code);

async function* through(transform: Duplex, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // What it fails with comes out of the loop. That zeros behind the end of gzip were not all read is no failure.
  pipeline(Readable.from(source), transform).catch(() => {});
  for await (const chunk of transform) yield chunk as Uint8Array;
}

/** Joins what is small and hashes what is joined. */
async function* piecesOf(
  parts: Iterable<string> | AsyncIterable<string>,
  hasher: Bun.CryptoHasher,
): AsyncGenerator<Buffer<ArrayBuffer>, undefined> {
  let held = [] as string[];
  let length = 0;
  const take = () => {
    const piece = Buffer.from(held.join(''));
    [held, length] = [[], 0];
    hasher.update(piece);
    return piece;
  };
  for await (const part of parts) {
    held.push(part);
    length += part.length;
    if (length >= PIECE) yield take();
  }
  if (length > 0) yield take();
}
