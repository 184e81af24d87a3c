import { expect, test } from 'bun:test';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { thrown } from '../../../test/support/rejection.ts';
import { unicodePath, type ZipEntry, zip } from '../../../test/support/wheel.ts';
import { readFiles } from './archive.ts';
import { PACKAGE_LIMITS } from './archive-limits.ts';
import { openZip } from './zip.ts';

const LIMITS = { ...PACKAGE_LIMITS, entries: 100, bytes: 1e9, ratio: 50, depth: 10 };
const open = (bytes: Uint8Array, limits = LIMITS) => {
  const blob = new Blob([new Uint8Array(bytes)]);
  const archive = { size: blob.size, read: async (start?: number, end?: number) => blob.slice(start, end) };
  return readFiles(openZip(archive, limits), (name) => (name.endsWith('.json') ? 1000 : 0));
};
const read = (entries: readonly ZipEntry[], limits = LIMITS) => open(zip(entries), limits);

test('reads the files that are asked for and no others, compressed or not', async () => {
  const files = await read([
    { name: 'package/', mode: 0o040755 },
    { name: 'package/a.json', content: '{}' },
    { name: 'package/b.json', content: 'b'.repeat(999), stored: true },
    { name: 'package/big.bin', content: 'x'.repeat(600_000) },
    { name: 'package/c.json', content: 'c'.repeat(999) },
  ]);
  expect([...files].map(([name, bytes]) => [name, bytes.toString()])).toEqual([
    ['package/a.json', '{}'],
    ['package/b.json', 'b'.repeat(999)],
    ['package/c.json', 'c'.repeat(999)],
  ]);
});

test('reads an empty zip, and a Zip64 one', async () => {
  expect(await open(zip([]))).toEqual(new Map());
  const large = zip([{ name: 'a.json', content: '{}' }], { large: true });
  expect([...(await open(large)).keys()]).toEqual(['a.json']);
  large.writeBigUInt64LE(1n, large.length - 98 + 40);
  expect(await thrown(open(large))).toThrow('not where it is declared to be');
});

test('links, and names that lead out of the folder, are refused', async () => {
  const attacks: ZipEntry[] = [
    { name: 'package/x', mode: 0o120777, content: '/etc/passwd' },
    { name: 'package/x', mode: 0o060644 },
    { name: '../x' },
    { name: 'package/../../x' },
    { name: '/etc/cron.d/x' },
    { name: 'package\\..\\..\\x' },
    { name: 'C:\\x' },
    { name: 'C:x' },
    { name: '' },
    { name: 'a\u0000b' },
    { name: 'x'.repeat(1025) },
    { name: `${'d/'.repeat(10)}x` },
  ];
  for (const attack of attacks)
    expect(await thrown(read([attack]))).toThrow(/leads out|not accepted|levels of folders/);
});

test('an archive that declares too many bytes or entries is refused without unpacking it', async () => {
  const zeros = new Uint8Array(100 * 1024 * 1024);
  expect(await thrown(read([{ name: 'package/zeros', content: zeros }]))).toThrow('too large when unpacked');
  const claimed = Array.from({ length: 20 }, (_, i) => ({ name: `${i}`, content: 'x', claims: { size: 0xffff_fff0 } }));
  expect(await thrown(read(claimed))).toThrow('too large when unpacked');
  const many = Array.from({ length: 101 }, (_, i) => ({ name: `package/${i}` }));
  expect(await thrown(read(many))).toThrow('more than 100 entries');
  expect(await thrown(read([{ name: 'a.json', content: 'x'.repeat(1001) }]))).toThrow('larger than 1000 bytes');
});

test('an entry that unpacks to more than the directory declares is refused', async () => {
  expect(await thrown(read([{ name: 'a.json', content: 'x'.repeat(50_000_000), claims: { size: 10 } }]))).toThrow(
    'whole zip',
  );
});

test('entries that share bytes are refused: a bomb has one kernel and thousands of names', async () => {
  const kernel = new Uint8Array(1024 * 1024);
  const honest = zip([{ name: 'a', content: kernel }]).length;
  const bomb = [
    { name: 'a', content: kernel },
    ...Array.from({ length: 20 }, (_, i) => ({ name: `b${i}`, claims: { offset: 0, packed: honest - 200 } })),
  ];
  expect(await thrown(read(bomb))).toThrow('overlap');
  expect(await thrown(read([{ name: 'a' }, { name: 'b', claims: { offset: 0 } }]))).toThrow('overlap');
  // Within the bytes of another, and into the directory.
  const within = [
    { name: 'a', content: kernel, stored: true },
    { name: 'b', claims: { offset: 100 } },
  ];
  expect(await thrown(read(within))).toThrow('overlap');
  expect(await thrown(read([{ name: 'a', claims: { packed: 10 } }]))).toThrow('overlap');
});

test('an archive that two readers could read in two ways is refused', async () => {
  const twice = [
    { name: 'a.json', content: '1' },
    { name: 'a.json', content: '2' },
  ];
  expect(await thrown(read(twice))).toThrow('twice');
  const plain = zip([
    { name: 'a.json', content: '1' },
    { name: '../b', content: '2' },
  ]);
  const hidden = Buffer.from(plain);
  hidden.writeUInt16LE(1, plain.length - 12);
  expect(await thrown(open(hidden))).toThrow('more in its directory');
  const shortened = Buffer.from(plain);
  shortened.writeUInt32LE(52, plain.length - 10);
  expect(await thrown(open(shortened))).toThrow('not where it is declared to be');
  expect(await thrown(open(Buffer.concat([Buffer.from('#!/bin/sh\n'), plain])))).toThrow();
  const renamed = Buffer.from(zip([{ name: 'a.json', content: '1', stored: true }]));
  renamed.write('b', 30);
  expect(await thrown(open(renamed))).toThrow('two names');
  const damaged = Buffer.from(zip([{ name: 'a.json', content: '1', stored: true }]));
  damaged.write('2', 30 + 'a.json'.length);
  expect(await thrown(open(damaged))).toThrow('damaged');
});

test('an entry with a second name in an extra field is refused', async () => {
  const fields = [
    unicodePath('a.json', 'b.json'),
    unicodePath('a.json', 'a.json'),
    // Readers ignore these two, or do not.
    unicodePath('other', 'b.json'),
    unicodePath('a.json', 'b.json', 2),
    Buffer.from([0x75, 0x70, 0, 0]),
  ];
  const before = Buffer.from([0x55, 0x54, 1, 0, 0]);
  for (const field of fields) {
    for (const directory of [field, Buffer.concat([before, field])])
      expect(await thrown(read([{ name: 'a.json', content: '{}', extra: { directory } }]))).toThrow('two names');
    expect(await thrown(read([{ name: 'a.json', content: '{}', extra: { header: field } }]))).toThrow('two names');
  }
  const wayOut = { directory: unicodePath('../../x', 'x') };
  expect(await thrown(read([{ name: '../../x', extra: wayOut }]))).toThrow('two names');
  const other = await read([{ name: 'a.json', content: '{}', extra: { header: before, directory: before } }]);
  expect([...other.keys()]).toEqual(['a.json']);
});

test('a name is read in the encoding that its flags declare; bytes that readers show in two ways are refused', async () => {
  const named = async (name: string | Uint8Array, flags: number) => [
    ...(await read([{ name, content: '{}', flags }])).keys(),
  ];
  expect(await named('é日本.json', 0x800)).toEqual(['é日本.json']);
  expect(await named(Buffer.from([0x82, 0x2e, 0x6a, 0x73, 0x6f, 0x6e]), 0)).toEqual(['é.json']);
  for (const byte of [0x80, 0xff])
    expect(await thrown(named(Buffer.from([byte, 0x61]), 0x800))).toThrow('not accepted');
  for (const byte of [0, 1, 10, 0x7f])
    expect(await thrown(named(Buffer.from([0x61, byte]), 0))).toThrow('not accepted');
});

/** Commands that write `out.zip` with the file `é日本.json`. */
const TOOLS: Record<string, string[]> = {
  python3: ['-c', "import zipfile; zipfile.ZipFile('out.zip', 'w').writestr('é日本.json', '{}')"],
  zip: ['-q', 'out.zip', 'é日本.json'],
};

for (const [tool, args] of Object.entries(TOOLS))
  test.skipIf(!Bun.which(tool))(`a zip of ${tool} with a name that is not ASCII is read`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'zip-'));
    try {
      await Bun.write(join(folder, 'é日本.json'), '{}');
      const env = { ...process.env, LC_ALL: 'C.UTF-8' };
      expect(Bun.spawnSync([tool, ...args], { cwd: folder, env }).exitCode).toBe(0);
      const [[name = '', content] = []] = await open(await readFile(join(folder, 'out.zip')));
      expect([name.endsWith('.json'), content?.toString().trim()]).toEqual([true, '{}']);
      if (tool === 'python3') expect(name).toBe('é日本.json');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

test('other bytes, and an encrypted zip, are refused', async () => {
  for (const bytes of [new Uint8Array(), Buffer.from('text'), Bun.gzipSync(Buffer.from('x'.repeat(2000)))])
    expect(await thrown(open(bytes))).toThrow('whole zip');
  expect(await thrown(open(zip([{ name: 'a' }]).subarray(0, -1)))).toThrow('whole zip');
  expect(await thrown(read([{ name: 'a', flags: 1 }]))).toThrow('encrypted');
  const bzip2 = zip([{ name: 'a' }]);
  for (const at of [8, bzip2.indexOf('PK\x01\x02') + 10]) bzip2.writeUInt16LE(12, at);
  expect(await thrown(open(bzip2))).toThrow('a compression method that is not accepted');
});
