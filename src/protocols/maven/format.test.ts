import { describe, expect, test } from 'bun:test';
import { parseAddress, parseDigest } from './format.ts';
import { buildsOf } from './snapshots.ts';
import { compareLists, type Item, parseVersion, sortVersions } from './version-order.ts';

describe('addresses', () => {
  test('a file, its digests, its signature and the digest of that', () => {
    const file = { kind: 'file', name: 'com/example/my.app', version: '1.0+b_1', digest: null };
    const folder = 'com/example/my.app/1.0+b_1';
    expect(parseAddress(`${folder}/my.app-1.0+b_1.jar`)).toEqual({ ...file, file: 'my.app-1.0+b_1.jar' } as never);
    expect(parseAddress(`${folder}/a.jar.sha512`)).toEqual({ ...file, file: 'a.jar', digest: 'sha512' } as never);
    expect(parseAddress(`${folder}/a.module`)).toEqual({ ...file, file: 'a.module' } as never);
    expect(parseAddress(`${folder}/a.jar.asc`)).toEqual({ ...file, file: 'a.jar.asc' } as never);
    expect(parseAddress(`${folder}/a.jar.asc.md5`)).toEqual({ ...file, file: 'a.jar.asc', digest: 'md5' } as never);
  });

  test('metadata of a group, an artifact and a snapshot', () => {
    expect(parseAddress('com/maven-metadata.xml')).toEqual({ kind: 'folder', name: 'com', digest: null });
    const artifact = { kind: 'folder', name: 'com/example/app' } as const;
    expect(parseAddress('com/example/app/maven-metadata.xml.sha1')).toEqual({ ...artifact, digest: 'sha1' });
    const snapshot = { kind: 'snapshot', name: 'com/example/app', version: '1.0-SNAPSHOT' } as const;
    expect(parseAddress('com/example/app/1.0-SNAPSHOT/maven-metadata.xml')).toEqual({ ...snapshot, digest: null });
    const alone = { ...snapshot, version: 'SNAPSHOT', digest: null };
    expect(parseAddress('com/example/app/SNAPSHOT/maven-metadata.xml')).toEqual(alone);
    expect(parseAddress('com/example/mySNAPSHOT/maven-metadata.xml')).toMatchObject({ kind: 'folder' });
  });

  test('any other path is no address', () => {
    for (const path of [
      '',
      '/',
      'a',
      'maven-metadata.xml',
      '/maven-metadata.xml',
      'archetype-catalog.xml',
      'app/1.0/app.jar',
      'com/../app/1.0/a',
      'com/./app/1.0/a',
      'com/app/../a',
      'com/app/1..0/a',
      'com/app/1.0/..',
      'com/app/1.0/.',
      'com//app/1.0/a',
      '/com/app/1.0/a',
      'com/app/1.0/',
      'com/a b/1.0/a',
      'com/app/1.0/a\u0000',
      'com/app/1.0/a;b',
      'com/äpp/1.0/a',
      'com\\app/x/1.0/a',
      'com/app/[1.0,2.0)/a',
      'com/app/$' + '{v}/a',
      'com/app/1.0/.sha1',
      'com/app/1.0/maven-metadata.xml.asc',
      `com/${'a'.repeat(256)}/1.0/a`,
      `com/app/1.0/${'a'.repeat(256)}`,
      `${'a/'.repeat(2000)}1.0/a`,
      `com/app/${'1.'.repeat(200)}/a`,
      'com/+/1.0/a',
    ])
      expect([path, parseAddress(path)]).toEqual([path, null]);
  });

  test('a digest is hex of its length, in either case, and a file name may follow', () => {
    const sha1 = 'DA39A3EE5E6B4B0D3255BFEF95601890AFD80709';
    expect(parseDigest(`${sha1}  app-1.0.jar\n`, 'sha1')).toBe(sha1.toLowerCase());
    expect(parseDigest(sha1, 'md5')).toBeNull();
    expect(parseDigest('', 'md5')).toBeNull();
    expect(parseDigest('x'.repeat(40), 'sha1')).toBeNull();
  });
});

describe('the order of versions', () => {
  // Compared with Maven's own class on 60,000 generated pairs when it was written; these pairs found mistakes.
  test.each([
    [['1', '1.0.1', '1.1', '1.2', '1.10', '2']],
    [['1-alpha-1', '1-beta-1', '1-milestone-1', '1-rc-1', '1-SNAPSHOT', '1', '1-sp', '1-zulu', '1-1', '1.1']],
    [['1.0-rc1', '1.0-SNAPSHOT', '1.0', '1.0.1-SNAPSHOT', '1.0.1']],
    [['1a1', '1b1', '1m1', '1rc1', '1', '1a']],
    [['1.0.0.Alpha1', '1.0.0.CR1', '1.0.0.Final', '1.0.0.foo']],
    [['20230101', '99999999999999999999', '100000000000000000000']],
  ])('%p', (versions) => {
    expect(sortVersions(versions.toReversed())).toEqual(versions);
  });

  test('equal versions are sorted in a stable order', () => {
    expect(sortVersions(['1.0', '1', '1.0.0', '1-ga'])).toEqual(sortVersions(['1-ga', '1.0.0', '1', '1.0']));
  });

  test('a comparison of hostile versions reads at most two parts for each character', () => {
    const odd = [
      '1.'.repeat(127),
      '1a'.repeat(127),
      '-'.repeat(255),
      '0'.repeat(255),
      'a'.repeat(255),
      '1-'.repeat(127),
    ];
    for (const left of odd) {
      for (const right of odd) {
        const reads = { count: 0 };
        compareLists(countReads(parseVersion(`${left}1`), reads), countReads(parseVersion(`${right}2`), reads));
        expect(reads.count).toBeLessThanOrEqual(2 * (left.length + right.length + 2));
      }
    }
  });

  /** The same parts, which count how many of them are read. */
  const countReads = (parts: Item[], reads: { count: number }): Item[] =>
    new Proxy(
      parts.map((part) => (Array.isArray(part) ? countReads(part, reads) : part)),
      {
        get(target, key) {
          if (typeof key === 'string' && /^\d+$/.test(key)) reads.count++;
          return Reflect.get(target, key);
        },
      },
    );
});

describe('the builds of a snapshot', () => {
  const old = '20250101.101010-1';
  const late = '20250102.101010-2';

  test('the newest of each kind of file, also when another kind has a newer build', () => {
    const files = [
      `app-1.0-${old}.jar`,
      `app-1.0-${old}-sources.jar`,
      `app-1.0-${late}.jar`,
      `app-1.0-${late}.pom.asc`,
    ];
    const build = { timestamp: '20250102.101010', number: 2 };
    expect(buildsOf('app', '1.0-SNAPSHOT', files)).toEqual({
      newest: build,
      files: [
        { classifier: '', extension: 'jar', build },
        { classifier: '', extension: 'pom.asc', build },
        { classifier: 'sources', extension: 'jar', build: { timestamp: '20250101.101010', number: 1 } },
      ],
    });
  });

  test('the number decides, also when the clock of a machine is slow', () => {
    const files = ['app-1.0-20250101.101010-4.jar', 'app-1.0-20240101.101010-10.jar', 'app-1.0-20250101.101011-4.jar'];
    expect(buildsOf('app', '1.0-SNAPSHOT', files)?.newest).toEqual({ timestamp: '20240101.101010', number: 10 });
  });

  test('both readings of a name with dots are listed', () => {
    const kinds = buildsOf('app', '1-SNAPSHOT', [`app-1-${old}-bin.tar.gz`])?.files;
    expect(kinds?.map(({ classifier, extension }) => `${classifier}:${extension}`)).toEqual([
      'bin.tar:gz',
      'bin:tar.gz',
    ]);
  });

  test('a file without a number is no build', () => {
    expect(
      buildsOf('app', '1.0-SNAPSHOT', ['app-1.0-SNAPSHOT.jar', 'other-1.0-20250101.101010-1.jar', 'app-1.0']),
    ).toBeNull();
    expect(buildsOf('app', '1.0', ['app-1.0-20250101.101010-1.jar'])).toBeNull();
  });
});
