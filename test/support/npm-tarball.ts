import { compress, type Entry, packTar } from './packed.ts';

/** A gzipped tar of these entries. */
export const tarball = async (entries: readonly Entry[]): Promise<Buffer> => compress('gzip', await packTar(entries));

/** A package as `npm pack` makes it. */
export const npmTarball = (
  manifest: { name: string; version: string } & Record<string, unknown>,
  content: string | Uint8Array = '',
) =>
  tarball([
    { name: 'package/package.json', content: JSON.stringify(manifest) },
    { name: 'package/index.js', content },
  ]);

const digest = (algorithm: 'sha1' | 'sha512', bytes: Uint8Array, encoding: 'hex' | 'base64') =>
  new Bun.CryptoHasher(algorithm).update(bytes).digest(encoding);

/** The request body of `npm publish` for a tarball. */
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
