import { expect, test } from 'bun:test';
import { thrown } from '../../test/support/rejection.ts';
import { thenMaybe } from './maybe-promise.ts';

const half = (value: number) => {
  if (value % 2 === 1) throw new Error('odd');
  return value / 2;
};

test('a value is passed on at once, and an error is thrown at once', () => {
  expect(thenMaybe(4, half)).toBe(2);
  expect(() => thenMaybe(3, half)).toThrow('odd');
});

test('a promise is passed on later, and rejects later', async () => {
  const answer = thenMaybe(Promise.resolve(4), half);
  expect(answer).toBeInstanceOf(Promise);
  expect(await answer).toBe(2);
  expect(await thrown(thenMaybe(Promise.resolve(3), half) as Promise<number>)).toThrow('odd');
  expect(await thrown(thenMaybe(Promise.reject<number>(new Error('gone')), half) as Promise<number>)).toThrow('gone');
});

test('the next step may return a promise', async () => {
  expect(await thenMaybe(4, async (value) => half(value))).toBe(2);
});
