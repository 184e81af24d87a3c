import { expect, test } from 'bun:test';
import { MAX_MANIFEST } from './format.ts';
import { searchResult } from './search-result.ts';

const FOUND = { name: '@s/p', version: '1.0.0', date: '1970-01-01T00:00:01.000Z' };
const of = (metadata: Record<string, unknown>) => searchResult(FOUND, metadata);

test('of a package that says nothing it says what clients rely on', () => {
  expect(of({})).toEqual({
    ...FOUND,
    links: {},
    keywords: [],
    maintainers: [],
  });
});

test('people and keywords come in one form, however they were written', () => {
  const ann = { username: 'Ann', name: 'Ann', email: 'ann@example.com' };
  expect(
    of({
      description: 'sharp',
      license: 'MIT',
      keywords: 'needle, thread',
      author: 'Ann <ann@example.com> (https://ann.example)',
      maintainers: [{ name: 'Ann', email: 'ann@example.com' }, 'Bob'],
    }),
  ).toMatchObject({
    description: 'sharp',
    license: 'MIT',
    keywords: ['needle', 'thread'],
    author: ann,
    maintainers: [ann, { username: 'Bob', name: 'Bob' }],
  });
});

test('what is none of that does not reach a client, who would fall over it', () => {
  expect(of({ description: 5, license: {}, keywords: ['a', 1, null], maintainers: [null, 7, {}] })).toEqual({
    ...FOUND,
    links: {},
    keywords: ['a'],
    maintainers: Array(3).fill({ username: '', name: '' }),
  });
});

test('a name of blanks, as long as a package.json may be, holds up nobody', () => {
  // By a pattern that tries again at each blank this takes minutes.
  const author = `x${' '.repeat(MAX_MANIFEST)}x`;
  expect(of({ author }).author).toEqual({ username: author, name: author });
});
