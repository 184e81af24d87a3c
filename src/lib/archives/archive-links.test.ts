import { expect, test } from 'bun:test';
import { createLinkCheck } from './archive-links.ts';

type Link = readonly [type: 'symlink' | 'link', name: string, target: string];

/** @returns why the last of these links, or names of files, is refused; null: all are accepted. */
function outcomeOf(entries: readonly (Link | string)[], most = 100): string | null {
  const check = createLinkCheck(most);
  for (const [i, entry] of entries.entries()) {
    try {
      check.entry(typeof entry === 'string' ? entry : entry[1]);
      if (typeof entry !== 'string') check.link({ type: entry[0], name: entry[1], target: entry[2] });
    } catch (error) {
      expect(i).toBe(entries.length - 1);
      return (error as Error).message;
    }
  }
  return null;
}

const LEAVES = 'the archive holds a link that leads out of its folder';
const THROUGH = 'the archive holds a name that leads through a link';

test('a symbolic link may lead anywhere within its top folder', () => {
  for (const [name, target] of [
    ['top/x', 'a'],
    ['top/x', '.'],
    ['top/x', 'a/b/./c'],
    ['top/a/x', '../b'],
    ['./top/a/b/x', '../..'],
  ] as const)
    expect([name, target, outcomeOf([['symlink', name, target]])]).toEqual([name, target, null]);
  for (const [name, target] of [
    ['x', 'a'],
    ['top/x', '..'],
    ['top/x', '../top/a'],
    ['top/a/x', '../../b'],
    ['top/a/x', 'b/../../../c'],
    ['top/a/b/x', 'c/../d'],
    ['top/x', '/etc/passwd'],
    ['top/x', 'C:/a'],
    ['top/x', '..\\a'],
    ['top\\x', 'a'],
    ['top/x', ''],
    ['top/x', 'a\nb'],
    ['top/x', 'a'.repeat(1025)],
  ] as const)
    expect([name, target, outcomeOf([['symlink', name, target]])]).toEqual([name, target, LEAVES]);
});

test('a hard link leads to a file of its top folder, and to no symbolic link', () => {
  expect(outcomeOf(['top/a', ['link', 'top/b', 'top/a'], ['link', 'top/d/c', './top/a'], 'top/e'])).toBeNull();
  expect(
    outcomeOf([
      ['link', 'top/b', 'top/a'],
      ['link', 'top/c', 'top/b'],
    ]),
  ).toBeNull();
  for (const target of ['a', 'top', 'other/a', '../top/a', 'top/../a', 'top/a/../../b', '/top/a'])
    expect([target, outcomeOf([['link', 'top/b', target]])]).toEqual([target, LEAVES]);
  const symbolic: Link = ['symlink', 'top/a/b/s', '../../x'];
  expect(outcomeOf([symbolic, ['link', 'top/s', 'top/a/b/s']])).toBe(THROUGH);
  expect(outcomeOf([symbolic, ['link', 'top/s', 'top/a/b/s/c']])).toBe(THROUGH);
});

test('no name leads through a link, or is that of a link before it, in any case and form', () => {
  const link: Link = ['symlink', 'top/\u00e9', 'd'];
  expect(outcomeOf([link, 'top/\u00e9a', 'top'])).toBeNull();
  for (const name of [
    'top/\u00e9/a',
    'top/\u00e9',
    'top/e\u0301/a',
    'TOP/\u00c9/a',
    'top\\\u00e9\\a',
    './top//\u00e9/a',
  ])
    expect([name, outcomeOf([link, name])]).toEqual([name, THROUGH]);
  // The folder that holds a link does not become a link itself.
  expect(
    outcomeOf([
      ['symlink', 'top/a/l', '../x'],
      ['symlink', 'top/a', 'b/c/d'],
    ]),
  ).toBe(THROUGH);
});

test('the number of links is bounded', () => {
  const links = Array.from({ length: 4 }, (_, i): Link => ['symlink', `top/${i}`, 'a']);
  expect(outcomeOf(links.slice(0, 3), 3)).toBeNull();
  expect(outcomeOf(links, 3)).toBe('the archive has more than 3 links');
});
