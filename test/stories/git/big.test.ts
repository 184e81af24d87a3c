import { expect, test } from 'bun:test';
import { cloneBigRepository } from '../../support/big-repository.ts';

const MEMORY_LIMIT_MEGABYTES = 300;

// On one engine: the database is not involved in the transfer of the bytes. The memory soak takes a gigabyte.
test('a repository of 100 MB is pushed, and cloned by eight clients at once, in less than 300 MB', async () => {
  const peaks = await cloneBigRepository(2, 8);
  expect(peaks.push).toBeLessThan(MEMORY_LIMIT_MEGABYTES);
  expect(peaks.clones).toBeLessThan(MEMORY_LIMIT_MEGABYTES);
}, 900_000);
