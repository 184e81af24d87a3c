import { expect, test } from 'bun:test';
import { about } from './about.ts';

const said = (metadata: Record<string, unknown>, readme = '') =>
  about({
    metadata: { version: '1.0.0', ...metadata },
    properties: new Map(readme === '' ? [] : Object.entries({ readme, 'of:readme': '1.0.0' })),
  });

test('the description is read from every historical form of package.json', () => {
  expect(said({})).toEqual({ description: '', facts: [{ title: 'Dependencies', value: '0' }], readme: null });
  const old = {
    license: { type: 'BSD' },
    repository: { url: 'git+https://example.com/x.git' },
    dependencies: { a: '1' },
  };
  expect(said(old).facts).toEqual([
    { title: 'License', value: 'BSD' },
    { title: 'Repository', value: 'https://example.com/x.git' },
    { title: 'Dependencies', value: '1' },
  ]);
  const wrong = {
    description: 1,
    license: [],
    homepage: { url: 'x' },
    repository: 'git@example.com:x',
    dependencies: 'a',
  };
  expect(said(wrong).facts.map(({ value }) => value)).toEqual(['git@example.com:x', '0']);
});

test('the text of npm for a missing README is no README', () => {
  expect(said({}, 'ERROR: No README data found!').readme).toBeNull();
  expect(said({}, '# a').readme).toEqual({ text: '# a', markdown: true, cut: false });
});

test('the README of another version is not shown', () => {
  expect(said({ version: '2.0.0' }, '# a').readme).toBeNull();
});
