import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { unavailable } from '../errors.ts';
import { createSemaphore } from '../semaphore.ts';

export type Compression = 'none' | 'gzip' | 'xz' | 'zstd';

/** Largest window that a zstd frame may ask for: 128 MiB, which is that of `zstd --ultra -22`. */
const MAX_ZSTD_WINDOW_LOG = 27;

/**
 * The xz decoder is one WebAssembly instance whose memory never shrinks. A dictionary has at most 64 MiB, so with one
 * decoder at a time that is all it grows to.
 */
const xzDecoder = createSemaphore({
  atOnce: 1,
  queue: 64,
  queueTimeoutMs: 60_000,
  busy: () => unavailable('The server is busy with other xz archives. Try again in a moment.', 10),
});

/** Decompresses bytes while they are read, in chunks of at most 64 KiB, and reads no further ahead than that. */
export const decompress: Record<Compression, (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>> = {
  none: inPieces,
  gzip: (bytes) => through(createGunzip(), bytes),
  zstd: (bytes) =>
    through(createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: MAX_ZSTD_WINDOW_LOG } }), bytes),
  xz: unxz,
};

const PIECE = 64 * 1024;

async function* inPieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes)
    for (let at = 0; at < chunk.byteLength; at += PIECE) yield chunk.subarray(at, at + PIECE);
}

async function* through(transform: Duplex, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // The loop throws the error of the pipeline.
  pipeline(Readable.from(source), transform).catch(() => {});
  for await (const chunk of transform) yield chunk as Uint8Array;
}

async function* unxz(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const leave = await xzDecoder.enter();
  try {
    const { XzReadableStream } = await import('xz-decompress');
    const reader = new XzReadableStream(streamOf(source)).getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        if (value.byteLength > 0) yield value;
      }
    } finally {
      await reader.cancel().catch(() => {});
    }
  } finally {
    leave();
  }
}

/** A stream that reads nothing before it is asked for it. */
function streamOf(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
