import { expect, spyOn, test } from 'bun:test';
import { compilePattern } from './pattern.ts';

const matches = async (pattern: string, text: string) => (await compilePattern(pattern))?.(text);

test('a pattern matches a whole text', async () => {
  expect(await matches('v1', 'v1')).toBe(true);
  expect(await matches('v1', 'v10')).toBe(false);
  expect(await matches('v1|release', 'release-2')).toBe(false);
  expect(await matches('.*', '')).toBe(true);
  expect(await matches('v\\d+(\\.\\d+)*', 'v1.20.3')).toBe(true);
});

test.each([
  '(',
  '[',
  'a**',
  '(?=a)',
  '\\1',
  '(?<!a)b',
  'x{1001}',
  '((x{100}){100}){100}',
  'a'.repeat(256),
  '(a?){1000}'.repeat(20),
  'x{500}y{1}',
  '((x{20}){20}y){3}',
])('%p is no pattern', async (pattern) => {
  expect(await compilePattern(pattern)).toBeNull();
});

// A backtracking engine reads a number of characters that is exponential in the length of the text.
test.each(['(a+)+b', '(a|a)*b', '(a|aa)+b', '(.*a){20}b', '(a?){120}a{120}b'])(
  '%p reads each character of a text a bounded number of times',
  async (pattern) => {
    const matchesWhole = await compilePattern(pattern);
    const text = `${'a'.repeat(127)}0`;
    const read = spyOn(String.prototype, 'charCodeAt');
    expect(matchesWhole?.(text)).toBe(false);
    const characters = read.mock.calls.length;
    read.mockRestore();
    expect(characters).toBeGreaterThanOrEqual(text.length);
    expect(characters).toBeLessThan(1000 * text.length);
  },
);
