import { expect, test } from 'bun:test';
import { MAX_MANIFEST } from './format.ts';
import { searchResult } from './search-result.ts';

const FOUND = { name: '@s/p', version: '1.0.0', date: '1970-01-01T00:00:01.000Z' };
const of = (metadata: Record<string, unknown>) => searchResult(FOUND, metadata);

test('a package without metadata has the fields that clients expect', () => {
  expect(of({})).toEqual({
    ...FOUND,
    links: {},
    keywords: [],
    maintainers: [],
  });
});

test('people and keywords have one form, whatever the publisher sent', () => {
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

test('invalid values do not reach a client, which would fail on them', () => {
  expect(of({ description: 5, license: {}, keywords: ['a', 1, null], maintainers: [null, 7, {}] })).toEqual({
    ...FOUND,
    links: {},
    keywords: ['a'],
    maintainers: Array(3).fill({ username: '', name: '' }),
  });
});

test('a name of spaces as long as a package.json may be takes no time', () => {
  // A pattern that backtracks at each space takes minutes.
  const author = `x${' '.repeat(MAX_MANIFEST)}x`;
  expect(of({ author }).author).toEqual({ username: author, name: author });
});
