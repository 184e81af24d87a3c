import { expect, test } from 'bun:test';
import { createTally } from './tally.ts';

test('a tally adds up for each name, and its largest sum of some names is found', () => {
  const tally = createTally();
  tally.add(['a', 'b'], 2);
  tally.add(['b'], 3);
  expect([tally.of('a'), tally.of('b'), tally.of('c')]).toEqual([2, 5, 0]);
  expect([tally.most(['a', 'b']), tally.most(['a', 'c']), tally.most([])]).toEqual([5, 2, 0]);
  tally.add(['b'], -5);
  expect([tally.of('b'), tally.most(['a', 'b'])]).toEqual([0, 2]);
});
