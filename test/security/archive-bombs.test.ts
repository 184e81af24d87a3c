/**
 * The attack: a package of a few kilobytes that unpacks to far more, so that the server that inspects it, or the client
 * that installs it, runs out of memory or disk: one long run of zeros, an endless metadata file, and entries of a zip
 * that share their bytes; or one with an entry that never ends, so that the request does not either. The readers' own
 * limits, entry by entry, are in src/lib/archives.
 */
import { expect, test } from 'bun:test';
import { openAr } from '../../src/lib/archives/ar.ts';
import { readFiles } from '../../src/lib/archives/archive.ts';
import { PACKAGE_LIMITS } from '../../src/lib/archives/archive-limits.ts';
import { openTar } from '../../src/lib/archives/tar.ts';
import { onEachEngine } from '../support/engines.ts';
import { needsClient } from '../support/needs-client.ts';
import { tarball } from '../support/npm-tarball.ts';
import { packageScene } from '../support/package-scene.ts';
import { compress, packAr, packTar } from '../support/packed.ts';
import { paxFields, rawTarball } from '../support/raw-tar.ts';
import { thrown } from '../support/rejection.ts';
import { metadataOf, uploadForm, wheel, type ZipEntry, zip } from '../support/wheel.ts';

const ZEROS = new Uint8Array(70_000_000);
/** The tar headers before an entry, which readers hold in memory. */
const headers = { flag: 'x', name: 'fields', content: paxFields({ comment: 'x'.repeat(5_000_000) }) } as const;
const manifest = { name: 'bomb', version: '1.0.0' };

onEachEngine('archive bombs', (engine) => {
  test('are refused in every type that looks into its archives, in its own words, and nothing is kept', async () => {
    await using scene = await packageScene(engine);
    const said = { name: 'package/package.json', content: JSON.stringify(manifest) };
    const npm = {
      'too large when unpacked': await tarball([said, { name: 'package/zeros', content: ZEROS }]),
      'headers that are too large': rawTarball([headers, { flag: '0', ...said }]),
      'without a valid size': rawTarball([{ flag: '0', ...said, size: '99999999999' }]),
      'is larger than': await tarball([{ ...said, content: `${said.content}${' '.repeat(2_000_000)}` }]),
    };
    for (const [words, bytes] of Object.entries(npm)) {
      expect(bytes.length).toBeLessThan(200_000);
      const refused = await scene.publishNpm(manifest, bytes);
      expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining(words)]);
    }

    const metadata = { name: 'bomb-1.0.dist-info/METADATA', content: metadataOf('bomb', '1.0') };
    const wheelOf = (...entries: ZipEntry[]) => ({ file: 'bomb-1.0-py3-none-any.whl', bytes: zip(entries) });
    const info = { name: 'bomb-1.0/PKG-INFO', content: metadata.content };
    const python = [
      ['too large when unpacked', wheelOf(metadata, { name: 'zeros', content: ZEROS })],
      ['too large when unpacked', wheelOf(metadata, { name: 'x', content: 'x', claims: { size: 0xfffffffe } })],
      ['is larger than', wheelOf({ ...metadata, content: `${metadata.content}${'x'.repeat(5_000_000)}` })],
      ['overlap', wheelOf(metadata, { name: 'x', claims: { offset: 0 } })],
      [
        'too large when unpacked',
        { file: 'bomb-1.0.tar.gz', bytes: await tarball([info, { name: 'bomb-1.0/zeros', content: ZEROS }]) },
      ],
      ['headers that are too large', { file: 'bomb-1.0.tar.gz', bytes: rawTarball([headers, { flag: '0', ...info }]) }],
      [
        'without a valid size',
        { file: 'bomb-1.0.tar.gz', bytes: rawTarball([{ flag: '0', ...info, size: '99999999999' }]) },
      ],
    ] as const;
    for (const [words, archive] of python) {
      const refused = await scene.send('POST', 'pypi', uploadForm('bomb', '1.0', archive));
      expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining(words)]);
    }
    expect(await scene.count()).toBe(0);

    expect((await scene.publishNpm(manifest)).status).toBe(200);
    expect((await scene.send('POST', 'pypi', uploadForm('bomb', '1.0', wheel('bomb', '1.0')))).status).toBe(201);
  }, 180_000);
});

needsClient('xz')('a Debian package of a few kilobytes whose tar unpacks to far more is refused', async () => {
  const zeros = await packTar([{ name: './zeros', content: ZEROS }]);
  for (const compression of ['gzip', 'xz', 'zstd'] as const) {
    const bytes = packAr([
      { name: 'debian-binary', content: '2.0\n' },
      { name: 'data.tar', content: compress(compression, zeros) },
    ]);
    expect(bytes.length).toBeLessThan(100_000);
    const unpack = async () => {
      for await (const entry of openAr(new Blob([new Uint8Array(bytes)]), PACKAGE_LIMITS))
        if (entry.name === 'data.tar') await readFiles(openTar(entry, compression, PACKAGE_LIMITS), () => 0);
    };
    expect(await thrown(unpack())).toThrow('too large when unpacked');
  }
});

test('an ar archive that declares more than it has, and one of very many entries, are refused', async () => {
  const limits = { ...PACKAGE_LIMITS, entries: 1000 };
  const read = (bytes: Buffer) => readFiles(openAr(new Blob([new Uint8Array(bytes)]), limits), () => 0);
  expect(await thrown(read(packAr([{ name: 'a', size: '9999999999' }])))).toThrow('too large when unpacked');
  expect(await thrown(read(packAr([{ name: 'a', size: '60000000' }])))).toThrow('not a whole ar archive');
  const many = packAr(Array.from({ length: 1001 }, (_, i) => ({ name: `${i}` })));
  expect(await thrown(read(many))).toThrow('more than 1000 entries');
});
