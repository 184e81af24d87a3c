import { expect, test } from 'bun:test';
import { fileKey, nameKey, parseFileName, parseName, parsePython } from './format.ts';
import { isSameVersion, normalizeVersion, spellingsOf, versionKey } from './version.ts';

test('versions are normalized as in PEP 440', () => {
  const written: Record<string, string> = {
    '1': '1',
    '1.0': '1.0',
    'v1.0.0': '1.0.0',
    '0!1.0': '1.0',
    '2!01.002': '2!1.2',
    '1.0-ALPHA': '1.0a0',
    '1.0alpha.1': '1.0a1',
    '1.0_beta_02': '1.0b2',
    '1.0c3': '1.0rc3',
    '1.0pre': '1.0rc0',
    '1.0-preview-4': '1.0rc4',
    '1.0-1': '1.0.post1',
    '1.0.post': '1.0.post0',
    '1.0-r4': '1.0.post4',
    '1.0rev-05': '1.0.post5',
    '1.0DEV': '1.0.dev0',
    '1.0a1.post2.dev3': '1.0a1.post2.dev3',
    '1.0+Ubuntu-1_002': '1.0+ubuntu.1.2',
    '20261122': '20261122',
  };
  for (const [text, normal] of Object.entries(written)) expect([text, normalizeVersion(text)]).toEqual([text, normal]);
});

test('trailing zeros of a release do not make another version', () => {
  const same = [
    ['1', '1.0', '1.0.0'],
    ['0', '0.0'],
    ['2!1.10', '2!1.10.0'],
    ['1a1.post2.dev3', '1.0a1.post2.dev3', '1.0.0a1.post2.dev3'],
    ['1.post1', '1.0.post1'],
    ['1.dev0', '1.0.dev0'],
    ['1+1.0', '1.0+1.0'],
    ['1.0.1', '1.0.1.0'],
    ['100', '100.0'],
  ];
  for (const [key = '', ...others] of same)
    for (const other of [key, ...others]) {
      expect([other, versionKey(other), isSameVersion(key, other)]).toEqual([other, key, true]);
      expect([other, spellingsOf(key).includes(other), spellingsOf(other).includes(key)]).toEqual([other, true, true]);
    }
  for (const version of spellingsOf('1.0rc1')) expect(normalizeVersion(version)).toBe(version);
  const apart = [
    '1',
    '10',
    '1.0.1',
    '1.10',
    '1.0a1',
    '1.0.post0',
    '1.0.dev0',
    '1!1',
    '1+0',
    '1+1',
    '1+1.0',
    '100',
    '0',
  ];
  for (const [i, a] of apart.entries())
    for (const b of apart.slice(i + 1)) expect([a, b, isSameVersion(a, b)]).toEqual([a, b, false]);
});

test('file names with the same tags are equal in every spelling', () => {
  const wheels = ['my_pkg-1.0-py2.py3-none-any.whl', 'My.Pkg-1.0.0-py3.PY2-none-any.whl'];
  expect(new Set(wheels.map(fileKey)).size).toBe(1);
  const others = [
    'my_pkg-1.0-1-py2.py3-none-any.whl',
    'my_pkg-1.0-py3-none-any.whl',
    'my_pkg-1.0-py2.py3-abi3-any.whl',
  ];
  expect(new Set([...wheels, ...others, 'my_pkg-1.0.zip', 'my_pkg-1.0.tar.gz'].map(fileKey)).size).toBe(6);
  expect(fileKey('my-pkg-1.0.tar.gz')).toBe(fileKey('My_Pkg-1.0.0.tar.gz'));
});

test('a text that is no PEP 440 version is refused', () => {
  const texts = [
    '',
    'v',
    '1.',
    '.1',
    '1..0',
    '1.0-',
    '1.0+',
    '1.0+a..b',
    '1.0 ',
    '1,0',
    '1.0a1b2',
    'latest',
    '1.0\n',
    '1/0',
  ];
  for (const text of texts) expect([text, normalizeVersion(text)]).toEqual([text, null]);
});

test('a version is bounded in its normal form, which may be longer than the text', () => {
  const release = (length: number) => `1.${'1'.repeat(length - 2)}`;
  expect(normalizeVersion(`${release(121)}-1`)).toHaveLength(127);
  expect(normalizeVersion(`${release(126)}-1`)).toBeNull();
});

// A regular expression that backtracks exponentially does not finish here. Polynomial work is bounded by the length of
// the text, which is checked first.
test('hostile names and versions are refused', () => {
  const many = 'a'.repeat(100_000);
  const texts = [`1.0${'.0'.repeat(60_000)}x`, `1${'0'.repeat(100_000)}`, `1.0+${'a.'.repeat(50_000)}`, `1.0-${many}`];
  const short = [
    `1${'.1'.repeat(60)}!`,
    `1.0${'-1'.repeat(60)}`,
    `1.0+${'a-'.repeat(60)}!`,
    `1.0${'post'.repeat(30)}!`,
  ];
  const names = ['-'.repeat(100_000), `a${'-'.repeat(100_000)}`, `a${'.-_'.repeat(60)}!`, `${'a-'.repeat(120)}.tar.gz`];
  for (const text of [...texts, ...short]) expect(normalizeVersion(text)).toBeNull();
  for (const text of names)
    for (const parse of [parseName, parseFileName]) expect(() => parse(text)).toThrow('is invalid');
  for (const text of names) nameKey(text);
});

test('a name is equal in every spelling', () => {
  for (const name of ['my-pkg', 'My_Pkg', 'my.pkg', 'MY--pkg', 'my._-pkg'])
    expect(nameKey(parseName(name))).toBe('my-pkg');
});

test('a file name is parsed into name, version and tags', () => {
  const read = (file: string) => parseFileName(file).readings.map(({ key, version }) => `${key} ${version}`);
  expect(read('My_Pkg-1.0-py3-none-any.whl')).toEqual(['my-pkg 1.0']);
  expect(read('my_pkg-1.0+local_1-2b-cp311-cp311-manylinux_2_17_x86_64.whl')).toEqual(['my-pkg 1.0+local.1']);
  expect(read('my-pkg-1.0.tar.gz')).toEqual(['my-pkg 1.0']);
  expect(read('my_pkg-1.0.zip')).toEqual(['my-pkg 1.0']);
  expect(read('a-1-2.tar.gz')).toEqual(['a 1.post2', 'a-1 2']);
  const bad = [
    'pkg-1.0.whl',
    'pkg-1.0-py3-none.whl',
    'pkg-1.0-x-py3-none-any.whl',
    'pkg-latest-py3-none-any.whl',
    'pkg-1.0--none-any.whl',
    'pkg.tar.gz',
    'pkg-latest.tar.gz',
    '-1.0.tar.gz',
    'pkg-1.0.egg',
    'pkg-1.0.exe',
    '../pkg-1.0.tar.gz',
    'a/pkg-1.0.tar.gz',
    'pkg-1.0.tar.gz\n',
    'pkg-1.0.tar.gz\u0000',
    '.whl',
    '',
    'ü-1.0.tar.gz',
  ];
  for (const file of bad) expect(() => parseFileName(file)).toThrow('File name is invalid');
});

test('a range of Python versions is accepted unchanged, and nothing else is', () => {
  expect(parsePython(' >=3.8, !=3.9.*, <4 ')).toBe('>=3.8, !=3.9.*, <4');
  for (const none of [undefined, '', '  ']) expect(parsePython(none)).toBeUndefined();
  for (const bad of ['>=3"><script>', '>'.repeat(256), 'python; import os'])
    expect(() => parsePython(bad)).toThrow('python');
});
