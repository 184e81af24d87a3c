import { pack } from 'tar-stream';
import { defined } from '../../src/lib/defined.ts';

export interface Entry {
  name: string;
  content?: string | Uint8Array;
  type?: 'file' | 'symlink' | 'link' | 'directory' | 'fifo' | 'character-device';
  linkname?: string;
}

/** A gzipped tar of these entries. */
export async function tarball(entries: readonly Entry[]): Promise<Buffer> {
  const packed = pack();
  for (const { name, content = '', type = 'file', linkname } of entries)
    packed.entry({ name, type, ...defined({ linkname }) }, type === 'file' ? Buffer.from(content) : '');
  packed.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of packed) chunks.push(chunk as Uint8Array);
  return Buffer.from(Bun.gzipSync(Buffer.concat(chunks)));
}

/** A package as `npm pack` makes it. */
export const npmTarball = (manifest: { name: string; version: string }, content = '') =>
  tarball([
    { name: 'package/package.json', content: JSON.stringify(manifest) },
    { name: 'package/index.js', content },
  ]);

const digest = (algorithm: 'sha1' | 'sha512', bytes: Uint8Array, encoding: 'hex' | 'base64') =>
  new Bun.CryptoHasher(algorithm).update(bytes).digest(encoding);

/** What `npm publish` sends for a tarball. */
export function publication(
  manifest: { name: string; version: string } & Record<string, unknown>,
  bytes: Uint8Array,
  options: { tag?: string; file?: string } = {},
) {
  const { name, version } = manifest;
  return {
    _id: name,
    name,
    'dist-tags': { [options.tag ?? 'latest']: version },
    versions: {
      [version]: {
        readme: `# ${name}`,
        ...manifest,
        _id: `${name}@${version}`,
        dist: {
          integrity: `sha512-${digest('sha512', bytes, 'base64')}`,
          shasum: digest('sha1', bytes, 'hex'),
          tarball: `http://attacker.example/${name}/-/${name}-${version}.tgz`,
        },
      },
    },
    access: null,
    _attachments: {
      [options.file ?? `${name}-${version}.tgz`]: {
        content_type: 'application/octet-stream',
        data: Buffer.from(bytes).toString('base64'),
        length: bytes.byteLength,
      },
    },
  };
}
