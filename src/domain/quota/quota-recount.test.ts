import { expect, test } from 'bun:test';
import { thrown } from '../../../test/support/rejection.ts';
import { createQuotaRecount } from './quota-recount.ts';

test('a count is shared while it runs, and good for a while that its cost decides', async () => {
  let time = 0;
  let counts = 0;
  const quotaRecount = createQuotaRecount<number>(() => time);
  const count = (cost: number) =>
    quotaRecount.count(1, async () => {
      await Promise.resolve();
      time += cost;
      return ++counts;
    });
  expect(await Promise.all([count(10), count(10), count(10)])).toEqual([1, 1, 1]);
  time += 199;
  expect(await count(10)).toBeUndefined();
  time += 1;
  expect(await count(4_000)).toBe(2);
  time += 4_999;
  expect(await count(10)).toBeUndefined();
  time += 1;
  expect(await count(10)).toBe(3);
});

test('a count that failed is made again', async () => {
  const quotaRecount = createQuotaRecount<number>(() => 0);
  const failing = quotaRecount.count(1, () => Promise.reject(new Error('the database is away')));
  expect(await thrown(failing)).toThrow('the database is away');
  await failing.catch(() => undefined);
  expect(await quotaRecount.count(1, async () => 7)).toBe(7);
});

test('only so many are kept in mind', async () => {
  let time = 0;
  const quotaRecount = createQuotaRecount<number>(() => time);
  const count = (id: number) => quotaRecount.count(id, async () => (time += 1));
  for (let id = 1; id <= 1_001; id++) await count(id);
  time = 1_002;
  expect(await count(1_001)).toBeUndefined();
  expect(await count(1)).toBeDefined();
});
