import { expect, test } from 'bun:test';
import { bigBlobs, MEMORY_LIMIT_MEGABYTES } from '../../soak/big-blobs.ts';

// `script/soak --only memory` does the same with 2 GB each.
test('four blobs of 128 MB are pushed and four pulled at once, in less than 300 MB', async () => {
  const { peakMegabytes, problems } = await bigBlobs(128_000_000);
  expect(problems).toEqual([]);
  expect(peakMegabytes).toBeLessThan(MEMORY_LIMIT_MEGABYTES);
}, 300_000);
