import type { StoredBytes } from '../../lib/stored-bytes.ts';
import type { Bucket } from '../s3/bucket.ts';
import { isMissing } from '../s3/s3-error.ts';

/** So much is asked for at once; while it is sent on, so much again is on its way. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** How long an address is good for that a client is sent to; what has begun goes on. */
const ADDRESS_SECONDS = 300;

interface Source {
  key: string;
  size: number;
  readers: string | null;
}

/**
 * The bytes of an object. They are read in windows, each of them asked for again when it did not come whole: so a cut
 * connection to the storage is not seen by the client, and a slow client makes us hold no more than two windows.
 */
export function s3Bytes(bucket: Bucket, { key, size, readers }: Source): StoredBytes {
  const window = (start: number, end: number) =>
    bucket.get(key, start, Math.min(end, start + WINDOW_BYTES)).catch((error) => {
      throw isMissing(error) ? new Error(`the blob ${key} is in the database and not in the bucket`) : error;
    });

  const streamFrom = (start: number, end: number, first?: Uint8Array): ReadableStream<Uint8Array> => {
    let position = start;
    let next: Promise<Uint8Array> | undefined = first && Promise.resolve(first);
    return new ReadableStream(
      {
        async pull(controller) {
          const bytes = await (next ?? window(position, end));
          position += bytes.byteLength;
          next = position < end ? window(position, end) : undefined;
          // It is waited for at the next pull; a client that has left waits no more.
          next?.catch(() => {});
          if (bytes.byteLength > 0) controller.enqueue(bytes);
          if (position >= end) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  };

  return {
    size,
    async read(start = 0, end = size) {
      // The first bytes are there before the answer begins: after that a failure could only cut it.
      const first = await window(start, end);
      return first.byteLength === end - start
        ? new Blob([first as Uint8Array<ArrayBuffer>])
        : streamFrom(start, end, first);
    },
    stream: () => streamFrom(0, size),
    address: async (headers) =>
      readers === null ? null : bucket.client.presign(readers, key, answeredWith(headers), ADDRESS_SECONDS),
  };
}

/** S3 answers with the headers that the signed address names. */
const SETTABLE = ['Content-Type', 'Content-Disposition', 'Cache-Control'];

const answeredWith = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    SETTABLE.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[`response-${name.toLowerCase()}`, value]];
    }),
  );
