import { expect, test } from 'bun:test';
import { checkPath, pathOfName } from './paths.ts';

const refusal = (path: string, where: 'top' | 'below' = 'below'): string | null => {
  try {
    checkPath(path, where);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
};

test('letters, digits and single special characters between them make a path', () => {
  for (const path of [
    'a',
    '7',
    'app',
    'My.App',
    'a-b_c.d',
    'v1.2.3',
    'yarn.lock',
    'info',
    'gitlab-lfs',
    'x'.repeat(255),
  ])
    expect([path, refusal(path)]).toEqual([path, null]);
});

test('a path has no special character at its ends, and no two in a row', () => {
  const sentence =
    'Path must not start or end with a special character and must not contain consecutive special characters.';
  for (const path of ['_a', '.a', 'a.', 'a_', 'a-', 'a--b', 'a..b', 'a._b', '.', '..', '...', '.gitmodules'])
    expect([path, refusal(path)]).toEqual([path, sentence]);
});

test('a path holds nothing that is something else in an address, a file name or a header', () => {
  for (const path of [
    'a/b',
    'a b',
    'a\\b',
    'a%2fb',
    'a?b',
    'a#b',
    'a:b',
    'a@b',
    'a\nb',
    'a\u0000',
    'ä',
    '$(x)',
    'a.git',
    'a.GIT',
    'a.atom',
  ])
    expect([path, refusal(path)]).toEqual([path, expect.stringContaining('can contain only')]);
  expect(refusal('')).toBe("Path can't be blank");
  expect(refusal('x'.repeat(256))).toBe('Path is too long (maximum is 255 characters)');
});

test('paths that the server needs are reserved, in any case, where they matter', () => {
  for (const path of ['api', 'V2', 'jwt', '-', 'users', 'robots.txt', 'o'])
    expect([path, refusal(path, 'top')]).toEqual([path, `Path ${path} is a reserved name`]);
  for (const path of ['-', 'blob', 'New', 'wikis', 'refs'])
    expect([path, refusal(path)]).toEqual([path, `Path ${path} is a reserved name`]);
  expect([refusal('api'), refusal('blob', 'top')]).toEqual([null, null]);
});

test('a name is made into a path that is allowed, or into nothing', () => {
  const made = [
    'My Project',
    ' Ünder  the Sea!',
    '--a--',
    'a (b) [c]',
    'C++',
    'x _ y',
    '.dot.',
    'Straße 7',
    'Ærø',
    'GRUẞ',
    'Łódź Þór',
    '!!!',
    '日本',
  ];
  expect(made.map(pathOfName)).toEqual([
    'my-project',
    'under-the-sea',
    'a',
    'a-b-c',
    'c',
    'x-y',
    'dot',
    'strasse-7',
    'aero',
    'gruss',
    'lodz-thor',
    '',
    '',
  ]);
  for (const path of made.map(pathOfName).filter(Boolean)) expect(refusal(path)).toBeNull();
});
