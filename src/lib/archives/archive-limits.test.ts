import { describe, expect, test } from 'bun:test';
import { needsClient } from '../../../test/support/needs-client.ts';
import { compress, type Entry, packAr, packTar } from '../../../test/support/packed.ts';
import { rejectionOf, thrown } from '../../../test/support/rejection.ts';
import { zip } from '../../../test/support/wheel.ts';
import { openAr } from './ar.ts';
import { type ArchiveEntry, readFiles } from './archive.ts';
import { type ArchiveLimits, PACKAGE_LIMITS } from './archive-limits.ts';
import type { Compression } from './decompress.ts';
import { openTar } from './tar.ts';
import { openZip } from './zip.ts';

interface Format {
  pack(files: readonly Entry[]): Promise<Uint8Array>;
  open(archive: Blob, limits: ArchiveLimits): AsyncIterable<ArchiveEntry> | Promise<AsyncIterable<ArchiveEntry>>;
}

const MIB = 1024 ** 2;
const LIMITS = { ...PACKAGE_LIMITS, entries: 20, bytes: 200_000_000, ratio: 50, freeBytes: MIB, depth: 10 };
const wanted = (name: string) => (name === 'zeros' ? 0 : 100);

const blob = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)]);
const tarUnder = (compression: Compression): Format => ({
  pack: async (files) => compress(compression, await packTar(files), ['-0']),
  open: (archive, limits) => openTar(archive, compression, limits),
});

const FORMATS: Record<string, Format> = {
  tar: tarUnder('none'),
  'tar.gz': tarUnder('gzip'),
  'tar.gz in memory': {
    ...tarUnder('gzip'),
    open: async (archive, limits) => openTar(await archive.bytes(), 'gzip', limits),
  },
  'tar.xz': tarUnder('xz'),
  'tar.zst': tarUnder('zstd'),
  zip: {
    pack: async (files) => zip(files),
    open: (archive, limits) =>
      openZip({ size: archive.size, read: async (start, end) => archive.slice(start, end) }, limits),
  },
};

for (const [format, { pack, open }] of Object.entries(FORMATS))
  describe(`limits of a ${format}`, () => {
    const testFormat = format === 'tar.xz' ? needsClient('xz') : test;
    const readPacked = async (packed: Blob, limits: ArchiveLimits) => readFiles(await open(packed, limits), wanted);
    const read = async (files: readonly Entry[], limits: ArchiveLimits = LIMITS) =>
      readPacked(blob(await pack(files)), limits);

    testFormat('a name that leads out of the folder is refused', async () => {
      for (const name of ['../x', 'a/../../x', 'a/..', '/etc/cron.d/x', 'a\\..\\..\\x', '\\x', 'C:\\x', 'C:x'])
        expect(await thrown(read([{ name: 'a' }, { name }]))).toThrow('leads out of it');
      expect((await read([{ name: 'a/...' }, { name: 'a/..b' }])).size).toBe(2);
    });

    testFormat('a name with control characters, or a very long one, is refused', async () => {
      for (const name of ['a\nb', 'a\u001b[2Jb', 'a\u007f', 'x'.repeat(1025)])
        expect(await thrown(read([{ name }]))).toThrow('a name that is not accepted');
      expect((await read([{ name: `${'x'.repeat(1023)}é` }])).size).toBe(1);
    });

    testFormat('the depth of folders is bounded, however the name is written', async () => {
      expect((await read([{ name: `${'d/'.repeat(9)}x` }])).size).toBe(1);
      for (const name of [`${'d/'.repeat(10)}x`, `./${'d//'.repeat(10)}x`])
        expect(await thrown(read([{ name }]))).toThrow('more than 10 levels of folders');
      expect(await thrown(read([{ name: `${'d/'.repeat(64)}x` }], PACKAGE_LIMITS))).toThrow('more than 64 levels');
    });

    testFormat('the number of entries is bounded', async () => {
      const files = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `a/${i}` }));
      expect((await read(files(20))).size).toBe(20);
      expect(await thrown(read(files(21)))).toThrow('more than 20 entries');
    });

    testFormat('the unpacked size is bounded, in bytes and by ratio', async () => {
      expect(await thrown(read([{ name: 'a', content: new Uint8Array(101) }]))).toThrow('larger than 100 bytes');
      const zeros = new Uint8Array(2 * MIB);
      const large = blob(await pack([{ name: 'a' }, { name: 'zeros', content: zeros }]));
      expect([...(await readPacked(large, { ...LIMITS, ratio: 1e6 })).keys()]).toEqual(['a']);
      expect([...(await readPacked(large, { ...LIMITS, freeBytes: 2.5 * MIB })).keys()]).toEqual(['a']);
      const small = { ...LIMITS, ratio: 1e6, bytes: 1.9 * MIB };
      expect(await thrown(readPacked(large, small))).toThrow('too large when unpacked');
      // A tar without compression is no smaller than what is in it.
      if (format !== 'tar') expect(await thrown(readPacked(large, LIMITS))).toThrow('too large when unpacked');
    });

    testFormat('the time is bounded', async () => {
      expect(await thrown(read([{ name: 'a' }], { ...LIMITS, milliseconds: -1 }))).toThrow('takes too long to read');
    });
  });

test('other requests get a turn while an archive is read', async () => {
  const files = Array.from({ length: 20_000 }, (_, i) => ({ name: `a${i}` }));
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  for (const entries of [
    openTar(blob(await packTar(files)), 'none', PACKAGE_LIMITS),
    openAr(blob(packAr(files)), PACKAGE_LIMITS),
  ]) {
    turns = 0;
    expect((await readFiles(entries, () => 0)).size).toBe(0);
    expect(turns).toBeGreaterThan(2);
  }
  clearInterval(timer);
});

test('an error of the store stays what it is', async () => {
  const failure = new Error('the disk is gone');
  const broken = {
    size: 100_000,
    async *stream(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(0);
      throw failure;
    },
    async read(): Promise<ReadableStream<Uint8Array>> {
      throw failure;
    },
  };
  for (const compression of ['none', 'gzip', 'xz', 'zstd'] as const)
    expect(await rejectionOf(readFiles(openTar(broken, compression, LIMITS), () => 0))).toBe(failure);
  expect(await rejectionOf(readFiles(openAr(broken, LIMITS), () => 0))).toBe(failure);
  expect(await rejectionOf(readFiles(openZip(broken, LIMITS), () => 0))).toBe(failure);
});
