import { expect, test } from 'bun:test';
import { gitPath } from './project-row.ts';

test('a path loses the slashes at its end, and no others', () => {
  for (const [given, expected] of [
    ['', ''],
    ['/', ''],
    ['src', 'src'],
    ['src//', 'src'],
    ['/src//lib/', '/src//lib'],
  ] as const)
    expect(gitPath(given)).toBe(expected);
});

test('a million slashes before a name take one pass: a pass for each of them would not end', () => {
  const path = `${'/'.repeat(1_000_000)}x`;
  expect(gitPath(path) === path).toBe(true);
});
