import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { codeOf } from './code-of.ts';

/** A text as a whole or in parts, which are not held in memory together. */
export type Text = string | Iterable<string> | AsyncIterable<string>;

/**
 * Largest text that is compressed in one step, in bytes. A larger one is compressed by another thread, chunk by chunk,
 * so that other requests can run.
 */
const PIECE = 64 * 1024;

/**
 * Other requests wait while it runs. Documents become at most 5 % larger than with zlib, which takes two to four times
 * as long, and longer in a busy server: it touches more memory.
 */
const ONE_SHOT = { library: 'libdeflate', level: 1 } as const;

/**
 * Compresses a text while it is read.
 * @returns the gzip bytes, to be read once; and the SHA-256 of the text in hex, to be called after their end.
 */
export function compressing(text: Text): { bytes: AsyncGenerator<Uint8Array>; etag: () => string } {
  const hasher = new Bun.CryptoHasher('sha256');
  const pieces = piecesOf(typeof text === 'string' ? [text] : text, hasher);
  return { bytes: compressed(pieces), etag: () => hasher.digest('hex') };
}

/** Compresses a text. @returns the SHA-256 of the text in hex, and the gzip bytes. */
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
 * Decompresses gzip while it is read, and reads no further ahead. (`DecompressionStream` reads all of a body whose
 * reader is slow.)
 */
export const decompressing = (bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> =>
  through(createGunzip(), bytes);

/** Whether this error of `decompressing` means that the bytes are not gzip, incomplete or damaged. */
export const isOfGzip = (error: unknown): boolean => /^Z_[A-Z]+_ERROR$/.test(codeOf(error) ?? '');

async function* through(transform: Duplex, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // The loop throws the error. Zeros after the end of gzip need not all be read.
  pipeline(Readable.from(source), transform).catch(() => {});
  for await (const chunk of transform) yield chunk as Uint8Array;
}

/** Joins small parts, and hashes them. */
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
