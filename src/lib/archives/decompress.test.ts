import { describe, expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { needsClient } from '../../../test/support/needs-client.ts';
import { compress } from '../../../test/support/packed.ts';
import { thrown } from '../../../test/support/rejection.ts';
import { decompress } from './decompress.ts';

/** Bytes that do not compress, and bytes that do. */
const TEXT = Buffer.concat([randomBytes(300_000), Buffer.alloc(700_000), Buffer.from('end')]);

async function* inChunks(bytes: Uint8Array, size = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const unpack = async (compression: 'gzip' | 'xz' | 'zstd', bytes: Uint8Array) => {
  const chunks = await Array.fromAsync(decompress[compression](inChunks(bytes)));
  for (const { byteLength } of chunks) expect(byteLength).toBeLessThanOrEqual(64 * 1024);
  return Buffer.concat(chunks);
};

describe.each(['gzip', 'xz', 'zstd'] as const)('decompression of %s', (compression) => {
  const testFormat = compression === 'xz' ? needsClient('xz') : test;

  testFormat('one stream, or several one after another', async () => {
    const packed = compress(compression, TEXT);
    expect((await unpack(compression, packed)).equals(TEXT)).toBe(true);
    expect((await unpack(compression, Buffer.concat([packed, packed]))).length).toBe(2 * TEXT.length);
  });

  testFormat('other bytes and damaged ones are refused', async () => {
    expect(await thrown(unpack(compression, Buffer.from('these are no compressed bytes')))).toThrow();
    const damaged = Buffer.from(compress(compression, TEXT));
    damaged.fill(0xff, 5, 60);
    expect(await thrown(unpack(compression, damaged))).toThrow();
  });

  testFormat('no further chunk is read before it is needed, and the source ends with its reader', async () => {
    const packed = compress(compression, randomBytes(3_000_000));
    let read = 0;
    const ended = Promise.withResolvers<void>();
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of inChunks(packed)) {
          read += chunk.byteLength;
          yield chunk;
        }
      } finally {
        ended.resolve();
      }
    }
    for await (const _ of decompress[compression](source())) break;
    await ended.promise;
    expect(read).toBeLessThan(500_000);
  });
});

needsClient('xz')('a cut-off xz stream, trailing garbage and a dictionary over 64 MiB are refused', async () => {
  const packed = compress('xz', TEXT);
  for (const bytes of [
    packed.subarray(0, -20),
    packed.subarray(0, 200_000),
    Buffer.concat([packed, Buffer.from('garbage.....')]),
  ])
    expect(await thrown(unpack('xz', bytes))).toThrow();
  expect((await unpack('xz', compress('xz', TEXT, ['--lzma2=dict=64MiB']))).equals(TEXT)).toBe(true);
  expect(await thrown(unpack('xz', compress('xz', TEXT, ['--lzma2=dict=65MiB'])))).toThrow();
});

needsClient('xz')('xz streams wait for one another, and one that is given up lets the next one begin', async () => {
  const packed = compress('xz', TEXT);
  const first = decompress.xz(inChunks(packed))[Symbol.asyncIterator]();
  await first.next();
  let done = false;
  const second = unpack('xz', packed).then((bytes) => {
    done = true;
    return bytes;
  });
  await Bun.sleep(50);
  expect(done).toBe(false);
  await first.return?.();
  expect((await second).equals(TEXT)).toBe(true);
});

test('a zstd window over 128 MiB is refused', async () => {
  // A frame header alone: magic number, descriptor, and a window descriptor of 2^28 bytes; then one empty last block.
  const frame = (window: number) => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, window, 0x01, 0x00, 0x00]);
  expect((await unpack('zstd', frame((27 - 10) << 3))).length).toBe(0);
  expect(await thrown(unpack('zstd', frame((28 - 10) << 3)))).toThrow();
});
