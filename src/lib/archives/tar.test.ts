import { expect, test } from 'bun:test';
import { extract } from 'tar-stream';
import { compress, type Entry, packTar } from '../../../test/support/packed.ts';
import { paxFields, type RawEntry, rawTar, rawTarball } from '../../../test/support/raw-tar.ts';
import { thrown } from '../../../test/support/rejection.ts';
import { readEntry, readFiles } from './archive.ts';
import { PACKAGE_LIMITS } from './archive-limits.ts';
import { openTar } from './tar.ts';

const LIMITS = { ...PACKAGE_LIMITS, entries: 100, bytes: 1e9, ratio: 50, depth: 10 };
const wanted = (name: string) => (name.endsWith('.json') ? 1000 : 0);

/** A small archive is read in memory and a stored one as a stream: both must have the same outcome. */
async function readBoth(archive: Uint8Array<ArrayBuffer>, limits = LIMITS) {
  const outcome = (source: typeof archive | Blob) =>
    readFiles(openTar(source, 'gzip', limits), wanted).then(
      (files) => ({ files }),
      (error: Error) => ({ error }),
    );
  const inMemory = await outcome(archive);
  const stored = await outcome(new Blob([archive]));
  if ('error' in inMemory && 'error' in stored && inMemory.error.message === stored.error.message) throw stored.error;
  // Not by `expect`: its message would hold the words that the callers look for.
  if ('error' in inMemory || 'error' in stored) throw new Error('the two readers disagree');
  expect(inMemory.files).toEqual(stored.files);
  return stored.files;
}

const read = async (entries: readonly Entry[], limits = LIMITS) =>
  readBoth(new Uint8Array(compress('gzip', await packTar(entries))), limits);
const readRaw = (entries: readonly RawEntry[]) => readBoth(rawTarball(entries));

test('reads the files that are asked for and no others', async () => {
  const files = await read([
    { name: 'package', type: 'directory' },
    { name: 'package/a.json', content: '{}' },
    { name: 'package/a.json', content: 'a second of this name' },
    { name: `${'long/'.repeat(9)}${'n'.repeat(200)}.json`, content: 'with a pax field for its name' },
    { name: 'package/big.bin', content: 'x'.repeat(10_000) },
  ]);
  // A client that unpacks two entries of one name ends with the last.
  expect([...files].map(([name, bytes]) => [name.slice(-20), `${bytes}`])).toEqual([
    ['package/a.json', 'a second of this name'],
    ['nnnnnnnnnnnnnnn.json', 'with a pax field for its name'],
  ]);
});

test('links, and other entries that are neither file nor folder, are refused', async () => {
  const attacks: Entry[] = [
    { name: 'package/x', type: 'symlink', linkname: '/etc/passwd' },
    { name: 'package/x', type: 'link', linkname: '../../.ssh/authorized_keys' },
    { name: 'package/x', type: 'fifo' },
    { name: 'package/x', type: 'character-device' },
  ];
  for (const attack of attacks) expect(await thrown(read([attack]))).toThrow(/holds a .*, which is not accepted/);
});

test('links that the limits accept are checked with the target that programs read', async () => {
  const limits = { ...LIMITS, links: 10 };
  const long = `${'long/'.repeat(6)}${'n'.repeat(150)}`;
  const within: Entry[] = [
    { name: 'package/a.json', content: '{}' },
    { name: 'package/b.txt', type: 'link', linkname: 'package/a.json' },
    { name: 'package/d/c', type: 'symlink', linkname: `../${long}` },
  ];
  expect([...(await read(within, limits)).keys()]).toEqual(['package/a.json']);
  // tar-stream writes a long target as a pax field, GNU tar in an entry before.
  const out: Entry = { name: 'package/x', type: 'symlink', linkname: `../${long}` };
  expect(await thrown(read([out], limits))).toThrow('leads out');
  const gnu = { flag: 'K', name: '././@LongLink', content: '../x\0' } as const;
  const raw = (entries: readonly RawEntry[]) => readBoth(rawTarball(entries), limits);
  expect(await thrown(raw([gnu, { flag: '2', name: 'package/x' }]))).toThrow('leads out');
  const full = { flag: '2', name: 'package/x', content: 'x' } as const;
  expect(await thrown(raw([{ ...gnu, content: 'y' }, full]))).toThrow('link with content');
  const link: Entry = { name: 'package/a.json', type: 'symlink', linkname: 'b' };
  expect(await thrown(read([link], limits))).toThrow('package/a.json in the archive is a link');
});

const A_JSON = { flag: '0', name: 'package/a.json', content: '{}' } as const;
const comment = (length: number) => paxFields({ comment: 'x'.repeat(length) });

test('headers that the parser would hold in memory, or copy to every entry, are refused', async () => {
  const long = { flag: 'x', name: 'long', content: comment(3_000_000) } as const;
  const folder = { flag: '5', name: 'package/d', size: '77777777777' } as const;
  for (const before of [[], [A_JSON], [folder]])
    expect(await thrown(readRaw([...before, long, A_JSON]))).toThrow('headers that are too large');
  const fields = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`field${i}`, 'x']));
  const global = { flag: 'g', name: 'all', content: paxFields(fields) } as const;
  expect(await thrown(readRaw([global, A_JSON]))).toThrow('headers that are too large');
});

test('headers as programs write them are accepted, before and after a large entry', async () => {
  const usual = { flag: 'x', name: 'usual', content: comment(10_000) } as const;
  const large = { flag: '0', name: 'package/large', content: 'x'.repeat(5_000_000) } as const;
  const global = { flag: 'g', name: 'all', content: comment(40) } as const;
  expect((await readRaw([global, usual, large, usual, A_JSON, large, large])).size).toBe(1);
});

test('an entry whose size is no number is refused, and the request does not wait for its end', async () => {
  for (const size of ['none', '-5', '9007199254740993'])
    expect(await thrown(readRaw([{ flag: 'x', name: 'size', content: paxFields({ size }) }, A_JSON]))).toThrow();
  expect(await thrown(readRaw([{ ...A_JSON, size: '99999999999' }]))).toThrow('without a valid size');
}, 5000);

test('the name in a pax field is the one that is checked, and fields that programs read in two ways are refused', async () => {
  const pax = (flag: 'x' | 'g', fields: Record<string, string>) =>
    ({ flag, name: 'fields', content: paxFields(fields) }) as const;
  expect(await thrown(readRaw([pax('x', { path: '../b' }), A_JSON]))).toThrow('leads out');
  // Python applies global fields to every entry, node-tar all but the path, tar-stream none.
  for (const field of ['path', 'linkpath', 'size'])
    expect(await thrown(readRaw([pax('g', { [field]: '1' }), A_JSON]))).toThrow('in different ways');
  expect(await thrown(readRaw([pax('x', { 'GNU.sparse.name': '../b' }), A_JSON]))).toThrow('in different ways');
});

test('the long name of GNU tar is the one that is checked, and a pax field has precedence over it', async () => {
  const long = (flag: 'L' | 'K', content: string) => ({ flag, name: '././@LongLink', content }) as const;
  const names = async (...before: RawEntry[]) => [...(await readRaw([...before, A_JSON])).keys()];
  const name = `${'long/'.repeat(8)}${'n'.repeat(700)}.json`;
  expect(await names(long('L', `${name}\0`))).toEqual([name]);
  expect(await names(long('K', `${name}\0`))).toEqual([A_JSON.name]);
  expect(await names(long('L', name), { flag: 'x', name: 'path', content: paxFields({ path: 'b.json' }) })).toEqual([
    'b.json',
  ]);
  // A declaration applies to one entry.
  expect(await names(long('L', name), { ...A_JSON, content: '1' })).toEqual([name, A_JSON.name]);
  expect(await thrown(names(long('L', '../b')))).toThrow('leads out');
  expect(await thrown(names(long('L', 'x'.repeat(2_000_000))))).toThrow('headers that are too large');
});

test('many small headers before one entry are bounded as one large header is', async () => {
  const some = { flag: 'x', name: 'some', content: comment(200_000) } as const;
  expect((await readRaw([some, some, some, some, A_JSON, some, A_JSON])).size).toBe(1);
  expect(await thrown(readRaw([some, some, some, some, some, some, A_JSON]))).toThrow('headers that are too large');
});

test('empty blocks are no headers: an archive may end with many of them', async () => {
  const padded = Buffer.concat([rawTar([A_JSON]), Buffer.alloc(6000 * 512)]);
  expect((await readBoth(Bun.gzipSync(padded))).size).toBe(1);
});

/** The entries that tar-stream finds; null: it refuses the archive. */
async function byTarStream(tar: Uint8Array) {
  const entries = extract();
  const all: unknown[] = [];
  try {
    entries.end(tar);
    for await (const entry of entries) {
      const { name, type } = entry.header;
      const isFolder = type === 'directory';
      // The stream of a folder whose header has a size never ends.
      const bytes = isFolder ? [] : await Array.fromAsync(entry as AsyncIterable<Buffer>);
      entry.resume();
      all.push({ name, type: isFolder ? 'folder' : 'file', text: `${Buffer.concat(bytes)}` });
    }
    return all;
  } catch {
    return null;
  }
}

/** The entries that are accepted; null: the archive is refused. */
async function byUs(tar: Uint8Array<ArrayBuffer>) {
  const all: unknown[] = [];
  try {
    for await (const entry of openTar(new Blob([tar]), 'none', LIMITS))
      all.push({ name: entry.name, type: entry.type, text: `${await readEntry(entry, 10_000)}` });
    return all;
  } catch {
    return null;
  }
}

const SEVERAL: readonly RawEntry[] = [
  { flag: '0', name: 'a', content: 'of a' },
  { flag: '5', name: 'd' },
  { flag: 'x', name: 'fields', content: paxFields({ path: 'd/b', comment: 'c' }) },
  { flag: '0', name: 'b', content: 'b'.repeat(600) },
  { flag: 'L', name: 'long', content: 'd/long\0' },
  { flag: '0', name: 'c' },
];

test('an archive that is cut off anywhere but between two entries is refused', async () => {
  const tar = rawTar(SEVERAL);
  const accepted: [number, number][] = [];
  for (let length = 0; length <= tar.length; length += 64) {
    const entries = await byUs(tar.subarray(0, length));
    if (entries) accepted.push([length / 512, entries.length]);
  }
  expect(accepted).toEqual([
    [0, 0],
    [2, 1],
    [3, 2],
    [5, 2],
    [8, 3],
    [10, 3],
    [11, 4],
    [12, 4],
    [13, 4],
  ]);
});

test('whichever byte is changed, an archive is read as tar-stream reads it, or refused', async () => {
  const tar = rawTar(SEVERAL);
  expect(await byUs(tar)).toHaveLength(4);
  expect((await byUs(tar)) as unknown).toEqual(await byTarStream(tar));
  let read = 0;
  for (let at = 0; at < tar.length; at += 17)
    for (const byte of [0, 0x31, (tar[at] ?? 0) ^ 1]) {
      const changed = Buffer.from(tar);
      changed[at] = byte;
      restoreSum(changed, at - (at % 512));
      const ours = await byUs(changed);
      if (ours === null) continue;
      read++;
      expect(ours as unknown).toEqual(await byTarStream(changed));
    }
  expect(read).toBeGreaterThan(300);
}, 180_000);

/** Writes the right checksum into the header at `from`, if there is one: it must not be what reveals a change. */
function restoreSum(tar: Buffer, from: number): void {
  const header = tar.subarray(from, from + 512);
  if (header.toString('latin1', 257, 262) !== 'ustar') return;
  header.write(' '.repeat(8), 148);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}

test('entries after the end of an archive are checked too', async () => {
  const link = await packTar([{ name: 'package/x', type: 'symlink', linkname: '/etc/passwd' }]);
  const twice = Buffer.concat([await packTar([{ name: 'package/a.json', content: '{}' }]), link]);
  expect(await thrown(readBoth(new Uint8Array(compress('gzip', twice))))).toThrow('holds a symlink');
});

test('other bytes, and an archive that is cut off, are refused under every compression', async () => {
  const packed = await packTar([
    { name: 'a.json', content: 'x'.repeat(900) },
    { name: 'b.json', content: '{}' },
  ]);
  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    const whole = compress(compression, packed);
    const cut = compress(compression, packed.subarray(0, 1000));
    const other = compress(compression, Buffer.from('x'.repeat(2000)));
    for (const bytes of [cut, other, ...(compression === 'none' ? [] : [whole.subarray(0, 30), Buffer.from('other')])])
      expect(await thrown(readFiles(openTar(new Blob([new Uint8Array(bytes)]), compression, LIMITS), wanted))).toThrow(
        /not a whole tar|cut off/,
      );
    expect((await readFiles(openTar(new Blob([new Uint8Array(whole)]), compression, LIMITS), wanted)).size).toBe(2);
  }
  expect(await thrown(readBoth(new Uint8Array()))).toThrow('not a whole tar under gzip');
});

test('a zstd frame that is cut off between two entries is refused', async () => {
  const packed = await packTar([
    { name: 'a.json', content: '{}' },
    { name: 'b.json', content: '{}' },
  ]);
  const bytes = compress('zstd', packed.subarray(0, 1024));
  expect(await thrown(readFiles(openTar(new Blob([new Uint8Array(bytes)]), 'zstd', LIMITS), wanted))).toThrow(
    'cut off',
  );
});

test('an entry is streamed, and one that nobody reads is skipped', async () => {
  const content = 'content '.repeat(50_000);
  const packed = await packTar([
    { name: 'a', content },
    { name: 'b', content },
    { name: 'c.json', content: '{}' },
  ]);
  const sizes: [string, number][] = [];
  for await (const entry of openTar(new Blob([new Uint8Array(packed)]), 'none', LIMITS)) {
    if (entry.name === 'a') continue;
    let size = 0;
    for await (const chunk of entry.stream()) size += chunk.byteLength;
    sizes.push([entry.name, size]);
  }
  expect(sizes).toEqual([
    ['b', content.length],
    ['c.json', 2],
  ]);
  for await (const entry of openTar(new Blob([new Uint8Array(packed)]), 'none', LIMITS)) {
    expect(await thrown(readEntry(entry, 1000))).toThrow('a in the archive is larger than 1000 bytes');
    break;
  }
});
