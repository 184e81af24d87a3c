import { expect, test } from 'bun:test';
import { parseJson } from './bounded-json.ts';

const parse = (text: string, maxItems = 10) => parseJson(Buffer.from(text), { maxItems });

test('objects, lists, keys and further values count as items, and nothing in a string does', () => {
  // {  :  ,  :  [  ,  ,  are seven.
  const text = '{"a":"{[,:]}\\\\\\"","b":[1,2,3]}';
  expect(parse(text, 7)).toEqual(JSON.parse(text));
  expect(() => parse(text, 6)).toThrow('more than 6 values and keys');
  expect(() => parse(`[${'[],'.repeat(5)}[]]`)).toThrow('values and keys');
  expect(parse('"one text"', 0)).toBe('one text');
});

test('a document that nests too deep is refused before it is parsed', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  expect(parse(nested(64), 100)).toBeArray();
  expect(() => parse(nested(65), 100)).toThrow('nests too deep');
});

test('bytes that are not UTF-8 are replaced, or refused', () => {
  const bytes = Buffer.from('"a\xff"', 'latin1');
  expect(parseJson(bytes)).toBe('a\ufffd');
  expect(() => parseJson(bytes, { fatal: true })).toThrow('not valid JSON');
});
