import { expect, test } from 'bun:test';
import { type Entry, tarball } from '../../test/support/npm-tarball.ts';
import { paxFields, type RawEntry, rawTarball } from '../../test/support/raw-tar.ts';
import { readTarball } from './guarded-tar.ts';

const LIMITS = { entries: 100, bytes: 1e9, ratio: 50, depth: 10 };
/** From memory and from the store: it is unpacked in two ways, which must say the same. */
const read = async (entries: readonly Entry[], limits = LIMITS) => {
  const bytes = new Uint8Array(await tarball(entries));
  const readOne = (archive: typeof bytes | Blob) =>
    readTarball(archive, limits, (name) => (name.endsWith('.json') ? 1000 : 0)).then(
      (files) => ({ files }),
      (error: Error) => ({ error }),
    );
  const held = await readOne(bytes);
  const stored = await readOne(new Blob([bytes]));
  if ('error' in held && 'error' in stored && held.error.message === stored.error.message) throw held.error;
  // Not by `expect`, whose words would have those in them that are looked for.
  if ('error' in held || 'error' in stored) throw new Error('it is read in one way alone');
  expect(held.files).toEqual(stored.files);
  return held.files;
};

test('reads the files that are asked for and no others', async () => {
  const files = await read([
    { name: 'package', type: 'directory' },
    { name: 'package/a.json', content: '{}' },
    { name: 'package/a.json', content: 'a second of this name' },
    { name: 'package/big.bin', content: 'x'.repeat(10_000) },
  ]);
  // Of two with one name the last is what is left of them when the archive is unpacked.
  expect([...files].map(([name, bytes]) => [name, bytes.toString()])).toEqual([
    ['package/a.json', 'a second of this name'],
  ]);
});

test('links, and what is neither file nor folder, are refused', async () => {
  const attacks: Entry[] = [
    { name: 'package/x', type: 'symlink', linkname: '/etc/passwd' },
    { name: 'package/x', type: 'link', linkname: '../../.ssh/authorized_keys' },
    { name: 'package/x', type: 'fifo' },
    { name: 'package/x', type: 'character-device' },
  ];
  for (const attack of attacks) await expect(read([attack])).rejects.toThrow(/holds a .*, which is not taken/);
});

test('names that lead out of the folder it is unpacked into are refused', async () => {
  for (const name of ['../x', 'package/../../x', '/etc/cron.d/x', 'package\\..\\..\\x', 'C:x'])
    await expect(read([{ name }])).rejects.toThrow('leads out');
});

test('folders count where a name has them as Windows does', async () => {
  await expect(read([{ name: `${'d\\'.repeat(10)}x` }])).rejects.toThrow('more than 10 folders in each other');
});

test('an archive that unpacks to far more than it is, or to too many entries, is refused on the way', async () => {
  const zeros = new Uint8Array(100 * 1024 * 1024);
  await expect(read([{ name: 'package/zeros', content: zeros }])).rejects.toThrow('larger unpacked');
  const many = Array.from({ length: 101 }, (_, i) => ({ name: `package/${i}` }));
  await expect(read(many)).rejects.toThrow('more than 100 entries');
  await expect(read([{ name: 'package/a.json', content: 'x'.repeat(1001) }])).rejects.toThrow('larger than 1000 bytes');
});

const A_JSON = { flag: '0', name: 'package/a.json', content: '{}' } as const;
const comment = (length: number) => paxFields({ comment: 'x'.repeat(length) });
/** The one in memory, the other from the store: both ways to unpack. */
const readRaw = async (entries: readonly RawEntry[]) => {
  const bytes = rawTarball(entries);
  for (const archive of [bytes, new Blob([bytes])])
    expect((await readTarball(archive, LIMITS, (name) => (name.endsWith('.json') ? 1000 : 0))).size).toBe(1);
};

test('headers that would be held in memory, or copied to every entry, are refused', async () => {
  const long = { flag: 'x', name: 'long', content: comment(3_000_000) } as const;
  const folder = { flag: '5', name: 'package/d', size: '77777777777' } as const;
  for (const before of [[], [A_JSON], [folder]])
    await expect(readRaw([...before, long, A_JSON])).rejects.toThrow('headers that are too large');
  const fields = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`field${i}`, 'x']));
  const forAll = { flag: 'g', name: 'all', content: paxFields(fields) } as const;
  await expect(readRaw([forAll, A_JSON])).rejects.toThrow('headers that are too large');
});

test('headers as programs write them are taken, before and behind what is large', async () => {
  const usual = { flag: 'x', name: 'usual', content: comment(10_000) } as const;
  const large = { flag: '0', name: 'package/large', content: 'x'.repeat(5_000_000) } as const;
  await readRaw([{ flag: 'g', name: 'all', content: comment(40) }, usual, large, usual, A_JSON, large, large]);
});

test('an entry whose size is no number is refused, and nobody waits for its end', async () => {
  for (const size of ['none', '-5', '9007199254740993'])
    await expect(readRaw([{ flag: 'x', name: 'size', content: paxFields({ size }) }, A_JSON])).rejects.toThrow();
  await expect(readRaw([{ ...A_JSON, size: '99999999999' }])).rejects.toThrow('no size');
}, 5000);

test('what is no gzipped tar is refused', async () => {
  for (const bytes of [new Uint8Array(), Buffer.from('text'), Bun.gzipSync(Buffer.from('x'.repeat(2000)))])
    await expect(readTarball(new Blob([new Uint8Array(bytes)]), LIMITS, () => 0)).rejects.toThrow();
});
