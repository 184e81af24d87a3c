import { expect, test } from 'bun:test';
import { codeOf } from './code-of.ts';
import { defined } from './defined.ts';

test('defined drops properties that are undefined, and keeps null, false, 0 and empty text', () => {
  const given: { a?: string | undefined; b: null; c: boolean; d: number; e: string } = {
    a: undefined,
    b: null,
    c: false,
    d: 0,
    e: '',
  };
  expect(Object.keys(defined(given))).toEqual(['b', 'c', 'd', 'e']);
  expect(defined(given)).toStrictEqual({ b: null, c: false, d: 0, e: '' });
});

test('codeOf reads the code of an error of any kind, and nothing else', () => {
  expect(codeOf(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe('ENOENT');
  expect(codeOf({ code: '23505' })).toBe('23505');
  for (const thrown of [null, undefined, 'ENOENT', 5, {}, { code: 5 }, new Error('x')])
    expect(codeOf(thrown)).toBeUndefined();
});
