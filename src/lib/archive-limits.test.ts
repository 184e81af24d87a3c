import { describe, expect, test } from 'bun:test';
import { tarball } from '../../test/support/npm-tarball.ts';
import { zip } from '../../test/support/wheel.ts';
import { type ArchiveLimits, PACKAGE_LIMITS } from './archive-limits.ts';
import { readTarball } from './guarded-tar.ts';
import { readZip } from './guarded-zip.ts';

interface File {
  name: string;
  content?: Uint8Array;
}

const LIMITS = { entries: 20, bytes: 200_000_000, ratio: 50, depth: 10 };
const MEGABYTES_65 = new Uint8Array(65 * 1024 * 1024);

const wanted = (name: string) => (name === 'zeros' ? 0 : 100);

const READERS = {
  async tar(files: readonly File[], limits: ArchiveLimits) {
    return readTarball(new Blob([new Uint8Array(await tarball(files))]), limits, wanted);
  },
  async zip(files: readonly File[], limits: ArchiveLimits) {
    const blob = new Blob([new Uint8Array(zip(files))]);
    const archive = { size: blob.size, read: async (start?: number, end?: number) => blob.slice(start, end) };
    return readZip(archive, limits, wanted);
  },
};

describe.each(['tar', 'zip'] as const)('what is taken of a %s', (kind) => {
  const read = (files: readonly File[], limits: ArchiveLimits = LIMITS) => READERS[kind](files, limits);

  test('names that lead out of the folder it is unpacked into are refused', async () => {
    for (const name of ['../x', 'a/../../x', 'a/..', '/etc/cron.d/x', 'a\\..\\..\\x', '\\x', 'C:\\x', 'C:x'])
      await expect(read([{ name: 'a' }, { name }])).rejects.toThrow('leads out of it');
    expect((await read([{ name: 'a/...' }, { name: 'a/..b' }])).size).toBe(2);
  });

  test('names with control characters and very long ones are refused', async () => {
    for (const name of ['a\nb', 'a\u001b[2Jb', 'a\u007f', 'x'.repeat(1025)])
      await expect(read([{ name }])).rejects.toThrow('a name that is not taken');
    expect((await read([{ name: `${'x'.repeat(1023)}é` }])).size).toBe(1);
  });

  test('folders are taken to a depth, however their names are written', async () => {
    expect((await read([{ name: `${'d/'.repeat(9)}x` }])).size).toBe(1);
    for (const name of [`${'d/'.repeat(10)}x`, `./${'d//'.repeat(10)}x`])
      await expect(read([{ name }])).rejects.toThrow('more than 10 folders in each other');
    await expect(read([{ name: `${'d/'.repeat(64)}x` }], PACKAGE_LIMITS)).rejects.toThrow('more than 64 folders');
  });

  test('entries are counted', async () => {
    const files = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `a/${i}` }));
    expect((await read(files(20))).size).toBe(20);
    await expect(read(files(21))).rejects.toThrow('more than 20 entries');
  });

  test('what unpacks to too much, or to far more than it is, is refused', async () => {
    const large = [{ name: 'a' }, { name: 'zeros', content: MEGABYTES_65 }];
    expect([...(await read(large, { ...LIMITS, ratio: 1e6 })).keys()]).toEqual(['a']);
    await expect(read([{ name: 'a', content: new Uint8Array(101) }])).rejects.toThrow('larger than 100 bytes');
    await expect(read(large)).rejects.toThrow('larger unpacked');
    await expect(read(large, { ...LIMITS, ratio: 1e6, bytes: 60_000_000 })).rejects.toThrow('larger unpacked');
  });
});
