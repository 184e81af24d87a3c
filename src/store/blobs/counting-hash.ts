import { tooLarge, unprocessable } from '../../lib/errors.ts';
import { expectLength } from '../../lib/expect-length.ts';
import type { Expectation, StoredBlob } from './blob-store.ts';

/**
 * Counts and hashes a body that goes by, and knows what it must turn out to be.
 * @throws PosternError `too_large` when it is announced to be larger than what is taken; of such a body nothing is
 * read.
 */
export function createCountingHash({ sha256, size, maxBytes }: Expectation) {
  if (size !== undefined && maxBytes !== undefined && size > maxBytes) throw overLimit(maxBytes);
  const hasher = new Bun.CryptoHasher('sha256');
  let bytes = 0;
  let result: StoredBlob | undefined;

  return {
    /**
     * @throws PosternError `too_large` at the chunk with which it becomes so; WrongLength when its size is known and is
     * another.
     */
    async *count(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of size === undefined ? body : expectLength(body, size)) {
        bytes += chunk.byteLength;
        if (maxBytes !== undefined && bytes > maxBytes) throw overLimit(maxBytes);
        hasher.update(chunk);
        yield chunk;
      }
    },

    /**
     * The size and digest, after the last byte. @throws PosternError `unprocessable` when others were expected.
     */
    check(): StoredBlob {
      result ??= { sha256: hasher.digest('hex'), size: bytes };
      if (sha256 !== undefined && result.sha256 !== sha256)
        throw unprocessable(`expected SHA-256 ${sha256}, got ${result.sha256}`);
      return result;
    },
  };
}

export type CountingHash = ReturnType<typeof createCountingHash>;

const overLimit = (maxBytes: number) => tooLarge(`larger than the limit of ${maxBytes} bytes`);
