import { expect, test } from 'bun:test';
import { createOpenCounts } from './open-counts.ts';

test('the number under each name is bounded, and a refusal counts under none', () => {
  const counts = createOpenCounts(2, (name) => new Error(`full: ${name}`));
  const leave = counts.enter(['a', 'b']);
  counts.enter(['a', 'c']);
  expect(() => counts.enter(['c', 'a'])).toThrow('full: a');
  expect([counts.count('a'), counts.count('b'), counts.count('c')]).toEqual([2, 1, 1]);
  leave();
  leave();
  expect([counts.count('a'), counts.count('b')]).toEqual([1, 0]);
  counts.enter(['a', 'b', 'c']);
});
