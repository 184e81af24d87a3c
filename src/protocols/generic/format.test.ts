import { expect, test } from 'bun:test';
import { parseAddress } from './format.ts';

test('a file name is bounded in the form in which it is stored, which may be longer than the one that was sent', () => {
  // U+0958 has no composed form: it becomes two letters in NFC.
  const parse = (letters: number) => parseAddress({ name: 'a', version: '1', file: '\u0958'.repeat(letters) }).file;
  expect(parse(127)).toHaveLength(254);
  expect(() => parse(128)).toThrow('file_name is invalid');
});
