import { expect, test } from 'bun:test';
import { rangeOf } from './conditions.ts';

test('the last no bytes are none that can be sent, however zero is written', () => {
  for (const range of ['bytes=-0', 'bytes=-00']) expect([range, rangeOf(range, 10)]).toEqual([range, 'unsatisfiable']);
  expect(rangeOf('bytes=-01', 10)).toEqual({ start: 9, end: 9 });
});
