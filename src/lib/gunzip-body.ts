import { decompressing, isOfGzip } from './compress-text.ts';
import { invalidParameter, tooLarge } from './errors.ts';

/** Bytes that a body of any size may expand to. */
const ANY_RATIO_BYTES = 1024 * 1024;
/** Metadata of thousands of versions that hardly differ shrinks to a fiftieth of its size. */
const MAX_RATIO = 100;

/**
 * Decompresses the gzip body of a request while it is read.
 * @throws PosternError `too_large` when it expands to more than 1 MiB and to more than 100 times its size, `invalid`
 * when it is not gzip.
 */
export async function* gunzipBody(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let taken = 0;
  let made = 0;
  const counted = async function* () {
    for await (const chunk of body) {
      taken += chunk.byteLength;
      yield chunk;
    }
  };
  try {
    for await (const chunk of decompressing(counted())) {
      made += chunk.byteLength;
      if (made > ANY_RATIO_BYTES && made > MAX_RATIO * taken)
        throw tooLarge(`The body expands to more than ${MAX_RATIO} times its size`);
      yield chunk;
    }
  } catch (error) {
    // An error of the connection says nothing about the bytes.
    throw isOfGzip(error) ? invalidParameter('The body is not gzip') : error;
  }
}
