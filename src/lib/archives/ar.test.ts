import { expect, test } from 'bun:test';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '../../../test/support/client.ts';
import { needsClient } from '../../../test/support/needs-client.ts';
import { packAr } from '../../../test/support/packed.ts';
import { thrown } from '../../../test/support/rejection.ts';
import { openAr } from './ar.ts';
import { readEntry, readFiles } from './archive.ts';
import { PACKAGE_LIMITS } from './archive-limits.ts';
import type { Compression } from './decompress.ts';
import { openTar } from './tar.ts';

const read = (bytes: Uint8Array) =>
  readFiles(openAr(new Blob([new Uint8Array(bytes)]), PACKAGE_LIMITS), (name) => (name.startsWith('big') ? 0 : 1000));

test('reads the files that are asked for, of even and odd size', async () => {
  const files = await read(
    packAr([
      { name: 'debian-binary', content: '2.0\n' },
      { name: 'odd', content: 'abc' },
      { name: 'big', content: 'x'.repeat(300_001) },
      { name: 'of-gnu/', content: 'last' },
    ]),
  );
  expect([...files].map(([name, bytes]) => [name, `${bytes}`])).toEqual([
    ['debian-binary', '2.0\n'],
    ['odd', 'abc'],
    ['of-gnu', 'last'],
  ]);
  expect((await read(packAr([]))).size).toBe(0);
});

test('an entry whose reader stops early is skipped to its end', async () => {
  const archive = new Blob([new Uint8Array(packAr([{ name: 'a', content: 'x'.repeat(200_000) }, { name: 'b' }]))]);
  const names: string[] = [];
  for await (const entry of openAr(archive, PACKAGE_LIMITS)) {
    names.push(entry.name);
    for await (const _ of entry.stream()) break;
  }
  expect(names).toEqual(['a', 'b']);
});

test('tables of long names and symbols, and names that lead out, are refused', async () => {
  for (const name of ['/', '//', '/0', '#1/20', 'a/b', '', '..', 'a b'])
    expect(await thrown(read(packAr([{ name }])))).toThrow(/not a whole ar archive|leads out/);
  expect(await thrown(read(packAr([{ name: 'a' }, { name: 'a' }])))).toThrow('a name twice');
});

test('other bytes, an archive that is cut off, and a size that is no number, are refused', async () => {
  const whole = packAr([{ name: 'a', content: 'abcde' }, { name: 'b' }]);
  for (const bytes of [Buffer.alloc(0), Buffer.from('!<arch>'), Buffer.from('no archive'), whole.subarray(0, -1)])
    expect(await thrown(read(bytes))).toThrow('not a whole ar archive');
  for (const size of ['-1', '0x10', '1e3', '', '5 5'])
    expect(await thrown(read(packAr([{ name: 'a', content: 'abcde', size }])))).toThrow('not a whole ar archive');
  for (const size of ['4', '999'])
    expect(await thrown(read(packAr([{ name: 'a', content: 'abcde', size }])))).toThrow('not a whole ar archive');
  expect(await thrown(read(packAr([{ name: 'a', size: '9999999999' }])))).toThrow('too large when unpacked');
});

needsClient('dpkg-deb')('reads Debian packages as dpkg-deb makes them, under every compression', async () => {
  using client = createClient();
  const folder = client.path('hello');
  await mkdir(join(folder, 'DEBIAN'), { recursive: true });
  const control = 'Package: hello\nVersion: 1.0\nArchitecture: all\nMaintainer: A <a@example.com>\nDescription: x\n';
  await Bun.write(join(folder, 'DEBIAN/control'), control);
  await Bun.write(join(folder, 'usr/share/hello/data'), 'data'.repeat(10_000));
  for (const compression of ['none', 'gzip', 'xz', 'zstd'] as const satisfies readonly Compression[]) {
    const file = client.path(`${compression}.deb`);
    const made = Bun.spawnSync([
      'dpkg-deb',
      '--root-owner-group',
      '--uniform-compression',
      `-Z${compression}`,
      '-b',
      folder,
      file,
    ]);
    expect([made.exitCode, made.stderr.toString()]).toEqual([0, '']);
    const found = new Map<string, string>();
    for await (const entry of openAr(Bun.file(file), PACKAGE_LIMITS)) {
      if (entry.name === 'debian-binary') found.set(entry.name, `${await readEntry(entry, 100)}`);
      else
        for await (const inner of openTar(entry, compression, PACKAGE_LIMITS))
          if (inner.type === 'file') found.set(inner.name, `${await readEntry(inner, 100_000)}`);
    }
    expect(Object.fromEntries(found)).toEqual({
      'debian-binary': '2.0\n',
      './control': control,
      './usr/share/hello/data': 'data'.repeat(10_000),
    });
  }
});

needsClient('ar')('reads an archive as GNU ar makes it', async () => {
  using client = createClient();
  for (const [name, content] of [
    ['one', 'first'],
    ['two.txt', 'second!'],
  ] as const)
    await Bun.write(client.path(name), content);
  const { exitCode } = Bun.spawnSync(['ar', 'rcD', 'archive.a', 'one', 'two.txt'], { cwd: client.path('.') });
  expect(exitCode).toBe(0);
  const files = await read(await Bun.file(client.path('archive.a')).bytes());
  expect([...files].map(([name, bytes]) => [name, `${bytes}`])).toEqual([
    ['one', 'first'],
    ['two.txt', 'second!'],
  ]);
});
