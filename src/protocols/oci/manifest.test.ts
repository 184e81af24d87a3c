import { expect, test } from 'bun:test';
import { z } from 'zod';
import { listOf } from './manifest.ts';

test('a list is read up to its first wrong part, however many more there are', () => {
  let read = 0;
  const part = z.custom<number>((value) => {
    read += 1;
    return value !== 3;
  });
  const result = listOf(part).safeParse([1, 2, ...Array(100_000).fill(3)]);
  expect(result.error?.issues.map(({ path }) => path)).toEqual([[2]]);
  expect(read).toBe(3);
  expect(listOf(part).safeParse([1, 2]).data).toEqual([1, 2]);
});
