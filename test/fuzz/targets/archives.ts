import { openAr } from '../../../src/lib/archives/ar.ts';
import { type ArchiveEntry, readFiles } from '../../../src/lib/archives/archive.ts';
import { PACKAGE_LIMITS, SOURCE_LIMITS } from '../../../src/lib/archives/archive-limits.ts';
import type { Compression } from '../../../src/lib/archives/decompress.ts';
import { openTar } from '../../../src/lib/archives/tar.ts';
import { openZip } from '../../../src/lib/archives/zip.ts';
import { checkTarball } from '../../../src/protocols/npm/publish-body.ts';
import { readCoreMetadata } from '../../../src/protocols/pypi/archive.ts';
import { parseFileName } from '../../../src/protocols/pypi/format.ts';
import { compress, packAr, packTar } from '../../support/packed.ts';
import { paxFields, rawTar } from '../../support/raw-tar.ts';
import { metadataOf, unicodePath, wheel, zip } from '../../support/wheel.ts';
import type { Choices } from '../choices.ts';
import type { FuzzTarget } from '../fuzz.ts';
import { inChunks, mutateBytes, mutateJson, mutateText } from '../mutate.ts';

/** As the store has it. */
const stored = (choices: Choices, bytes: Uint8Array<ArrayBuffer>) => ({
  size: bytes.length,
  read: async (start = 0, end = bytes.length) => new Blob([bytes.subarray(start, end)]),
  stream: () => streamOf(inChunks(choices, bytes)),
  address: async () => null,
});

const streamOf = (chunks: AsyncGenerator<Uint8Array>) =>
  new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });

const readAll = (entries: AsyncIterable<ArchiveEntry>) => readFiles(entries, () => 64 * 1024);

/** Each kind of entry that a tar may have, with fields that programs write seldom. */
const odd = () =>
  rawTar([
    { flag: 'x', name: 'x', content: paxFields({ path: 'a/long', size: '3', mtime: '1.5' }) },
    { flag: '0', name: 'a/b', content: 'abc' },
    { flag: 'L', name: 'l', content: `${'d/'.repeat(60)}file\0` },
    { flag: '0', name: 'short', content: 'x'.repeat(600) },
    { flag: '5', name: 'folder/' },
  ]);

async function tarSamples(): Promise<Buffer<ArrayBuffer>[]> {
  const links = await packTar([
    { name: 'a/b', content: 'b' },
    { name: 'a/c', type: 'symlink', linkname: 'b' },
    { name: 'a/d', type: 'link', linkname: 'a/b' },
  ]);
  return [odd(), Buffer.from(links), Buffer.from(await packTar([{ name: 'x'.repeat(150), content: 'long' }]))];
}

const tar = (compression: Compression): FuzzTarget => ({
  name: `tar, ${compression}`,
  async open() {
    const plain = await tarSamples();
    const packed = plain.map((bytes) => Buffer.from(compress(compression, bytes)));
    // A process would be started for each input of xz: only the compressed bytes are changed.
    const inside = compression !== 'xz';
    return async (choices) => {
      const changed =
        inside && choices.chance(0.6)
          ? Buffer.from(compress(compression, mutateTar(choices, choices.pick(plain))))
          : mutateBytes(choices, choices.pick(packed));
      const limits = choices.chance(0.5) ? PACKAGE_LIMITS : SOURCE_LIMITS;
      await readAll(openTar(stored(choices, choices.try(changed)), compression, limits));
    };
  },
});

/** Changes a tar, and then makes the sums of its headers right again: no reader looks further into a wrong one. */
function mutateTar(choices: Choices, bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  const changed = mutateBytes(choices, bytes);
  for (let at = 0; at + 512 <= changed.length; at += 512) {
    const header = changed.subarray(at, at + 512);
    if (header.toString('latin1', 257, 262) !== 'ustar') continue;
    header.write(' '.repeat(8), 148);
    const sum = header.reduce((all, byte) => all + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  }
  return changed;
}

const zips: FuzzTarget = {
  name: 'zip',
  open: () => {
    const samples = [
      wheel('a', '1.0').bytes,
      zip([{ name: 'a', content: 'x'.repeat(500) }, { name: 'b/' }], { large: true }),
      zip([{ name: 'a', content: 'a', stored: true, extra: { directory: unicodePath('a', 'b') } }]),
    ];
    return async (choices) => {
      const changed = mutateBytes(choices, choices.pick(samples));
      await readAll(openZip(stored(choices, choices.try(changed)), PACKAGE_LIMITS));
    };
  },
};

const ars: FuzzTarget = {
  name: 'ar',
  open: () => async (choices) => {
    const entries = choices.several(4, () => ({
      name: mutateText(choices, choices.pick(['debian-binary', 'control.tar.gz', 'data.tar.xz', '//', '/0'])),
      content: choices.bytes(20),
      ...(choices.chance(0.2) ? { size: mutateText(choices, '12') } : {}),
    }));
    const changed = choices.try(mutateBytes(choices, packAr(entries)));
    await readAll(openAr(stored(choices, changed), PACKAGE_LIMITS));
  },
};

const tarballs: FuzzTarget = {
  name: 'npm, package.json of a tarball',
  open: () => async (choices) => {
    const manifest = mutateJson(choices, { name: 'a', version: choices.pick(['1.0.0', 'v1.0.0', '1.0.0+b']), x: [{}] });
    const content = mutateBytes(choices, Buffer.from(choices.try(JSON.stringify(manifest) ?? '')));
    const name = choices.chance(0.2) ? mutateText(choices, 'package/package.json') : 'package/package.json';
    const bytes = Bun.gzipSync(
      Buffer.from(rawTar([{ flag: '0', name: name.slice(0, 100), content: content.toString() }])),
    );
    await checkTarball(bytes, 'a', '1.0.0');
  },
};

const METADATA = metadataOf('a', '1.0', { requiresPython: '>=3.8', metadata: ['Requires-Dist: b; extra == "c"'] });

const coreMetadata: FuzzTarget = {
  name: 'PyPI, METADATA and PKG-INFO',
  open: () => async (choices) => {
    const content = mutateBytes(choices, Buffer.from(choices.try(mutateText(choices, METADATA))));
    const isWheel = choices.chance(0.5);
    const path = isWheel ? 'a-1.0.dist-info/METADATA' : 'a-1.0/PKG-INFO';
    const name = choices.chance(0.2) ? mutateText(choices, path) : path;
    const bytes = isWheel
      ? zip([{ name: name.slice(0, 60_000), content }])
      : Buffer.from(Bun.gzipSync(rawTar([{ flag: '0', name: name.slice(0, 100), content: content.toString() }])));
    const parsed = parseFileName(isWheel ? 'a-1.0-py3-none-any.whl' : 'a-1.0.tar.gz');
    await readCoreMetadata(stored(choices, Buffer.from(bytes)), parsed, 'a', '1.0');
  },
};

export const ARCHIVES: readonly FuzzTarget[] = [
  ...(['none', 'gzip', 'zstd', 'xz'] as const).map(tar),
  zips,
  ars,
  tarballs,
  coreMetadata,
];
