import { expect, test } from 'bun:test';
import { rangeOf } from './conditions.ts';

test('the last no bytes are none that can be sent, however zero is written', () => {
  for (const range of ['bytes=-0', 'bytes=-00']) expect([range, rangeOf(range, 10)]).toEqual([range, 'unsatisfiable']);
  expect(rangeOf('bytes=-01', 10)).toEqual({ start: 9, end: 9 });
});

test('a range ends with the bytes that there are, and is none behind them', () => {
  const ranges: [string, ReturnType<typeof rangeOf>][] = [
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=3-99', { start: 3, end: 9 }],
    ['bytes=-99', { start: 0, end: 9 }],
    ['bytes=9-', { start: 9, end: 9 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=5-4', 'unsatisfiable'],
    ['bytes=0-1,3-4', null],
    ['lines=0-1', null],
  ];
  for (const [header, range] of ranges) expect([header, rangeOf(header, 10)]).toEqual([header, range]);
  expect(rangeOf('bytes=0-', 0)).toBe('unsatisfiable');
});
