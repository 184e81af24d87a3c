import { expect, test } from 'bun:test';
import { compilePattern } from './pattern.ts';

const matches = async (pattern: string, text: string) => (await compilePattern(pattern))?.(text);

test('a pattern matches a whole text', async () => {
  expect(await matches('v1', 'v1')).toBe(true);
  expect(await matches('v1', 'v10')).toBe(false);
  expect(await matches('v1|release', 'release-2')).toBe(false);
  expect(await matches('.*', '')).toBe(true);
  expect(await matches('v\\d+(\\.\\d+)*', 'v1.20.3')).toBe(true);
});

test.each(['(', '[', 'a**', '(?=a)', '\\1', '(?<!a)b', 'x{1001}', '((x{100}){100}){100}', 'a'.repeat(256)])(
  '%p is no pattern',
  async (pattern) => {
    expect(await compilePattern(pattern)).toBeNull();
  },
);

// A backtracking engine takes longer than the age of the universe.
test.each(['(a+)+b', '(a|a)*b', '(a|aa)+b', '(.*a){20}b', '(a?){120}a{120}b'])(
  '%p is matched in no time',
  async (pattern) => {
    const start = performance.now();
    for (let i = 0; i < 100; i++) expect(await matches(pattern, `${'a'.repeat(127)}${i % 10}`)).toBe(false);
    expect(performance.now() - start).toBeLessThan(20_000);
  },
);
