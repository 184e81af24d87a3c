import { expect, test } from 'bun:test';
import { extract } from 'tar-stream';
import { type Entry, tarball } from '../../test/support/npm-tarball.ts';
import { paxFields, type RawEntry, rawTarball } from '../../test/support/raw-tar.ts';
import { PACKAGE_LIMITS } from './archive-limits.ts';
import { readTarball } from './guarded-tar.ts';
import { plainEntries } from './plain-tar.ts';

const unpacked = (bytes: Uint8Array<ArrayBuffer>) => Buffer.from(Bun.gunzipSync(bytes));
const packed = async (entries: readonly Entry[]) => unpacked(new Uint8Array(await tarball(entries)));
const raw = (...entries: RawEntry[]) => unpacked(rawTarball(entries));

/** What the parser of streams makes of it; null: it refuses. */
async function streamed(tar: Buffer) {
  const entries = extract();
  const all: unknown[] = [];
  try {
    entries.end(tar);
    for await (const entry of entries) {
      const { name, type } = entry.header;
      all.push({ name, type, bytes: Buffer.concat(await Array.fromAsync(entry as AsyncIterable<Buffer>)) });
    }
    return all;
  } catch {
    return null;
  }
}

const USUAL: Entry[] = [
  { name: 'package', type: 'directory' },
  { name: 'package/package.json', content: '{"name":"a"}' },
  { name: 'package/empty' },
  { name: `package/${'long/'.repeat(30)}x.js`, content: 'x'.repeat(512) },
  { name: 'package/more', content: 'y'.repeat(5000) },
];
const A_FILE = { flag: '0', name: 'a', content: 'of a' } as const;

test('what programs usually write is read as the parser of streams reads it', async () => {
  const tar = await packed(USUAL);
  const entries = plainEntries(tar);
  expect(entries).toHaveLength(USUAL.length);
  expect(entries as unknown).toEqual(await streamed(tar));
});

test('whatever a byte of it is, it is read as by the parser of streams, or left to it', async () => {
  const tar = raw(A_FILE, { flag: '5', name: 'd' }, { flag: '0', name: 'd/b', content: 'b'.repeat(600) });
  let read = 0;
  for (let at = 0; at < tar.length; at++)
    for (const byte of [0, 0x20, 0x2f, 0x31, 0x80, (tar[at] ?? 0) ^ 1]) {
      const changed = Buffer.from(tar);
      changed[at] = byte;
      // Most changes show in the sum: so that the others are looked at, it is made right again.
      const header = changed.subarray(at - (at % 512), at - (at % 512) + 512);
      if (at % 512 < 148 || at % 512 > 155) {
        const sum = header.reduce((all, each, i) => all + (i >= 148 && i < 156 ? 0x20 : each), 0);
        if (header.toString('latin1', 257, 262) === 'ustar')
          header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
      }
      const entries = plainEntries(changed);
      if (entries === null) continue;
      read += 1;
      expect(entries as unknown).toEqual(await streamed(changed));
    }
  expect(read).toBeGreaterThan(1000);
}, 30_000);

test('anything else is left to the parser of streams', async () => {
  const whole = raw(A_FILE);
  const others: Record<string, Buffer> = {
    nothing: Buffer.alloc(0),
    'fields of pax': raw({ flag: 'x', name: 'fields', content: paxFields({ path: '../b' }) }, A_FILE),
    'fields for all': raw({ flag: 'g', name: 'fields', content: paxFields({ path: '../b' }) }, A_FILE),
    'a link': await packed([{ name: 'a', type: 'symlink', linkname: '/etc/passwd' }]),
    'a name of more than 255 letters': await packed([{ name: 'n'.repeat(300) }]),
    'a file that is called a folder': raw({ flag: '0', name: 'a/' }),
    'a folder of some size': raw({ flag: '5', name: 'a', size: '00000000001' }),
    'more than there is': raw({ flag: '0', name: 'a', size: '00000777777' }),
    'no size': raw({ flag: '0', name: 'a', size: '-0000000001' }),
    'no end': whole.subarray(0, -1024),
    'half a block': whole.subarray(0, -100),
    'an entry behind the end': Buffer.concat([whole, raw({ flag: '0', name: 'b' })]),
  };
  for (const [what, tar] of Object.entries(others)) expect([what, plainEntries(tar)]).toEqual([what, null]);
});

test('what is behind the end of an archive is looked at all the same', async () => {
  const link = await packed([{ name: 'package/x', type: 'symlink', linkname: '/etc/passwd' }]);
  const archive = Bun.gzipSync(Buffer.concat([await packed(USUAL), link]));
  await expect(readTarball(archive, PACKAGE_LIMITS, () => 0)).rejects.toThrow('holds a symlink');
});
