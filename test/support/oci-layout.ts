import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher('sha256').update(bytes).digest('hex');

/** An image as clients read it from a folder: an OCI image layout. https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md */
export function writeImageLayout(folder: string, tag: string, layers: readonly Uint8Array[]): { digest: string } {
  const blobs = join(folder, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (bytes: Uint8Array, mediaType: string) => {
    const hex = sha256(bytes);
    writeFileSync(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.byteLength };
  };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const files = layers.map((layer) => put(layer, 'application/vnd.oci.image.layer.v1.tar'));
  const rootfs = { type: 'layers', diff_ids: files.map((file) => file.digest) };
  const config = put(
    json({ architecture: 'amd64', os: 'linux', config: { Cmd: ['/hello'] }, rootfs }),
    'application/vnd.oci.image.config.v1+json',
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = put(json({ schemaVersion: 2, mediaType, config, layers: files }), mediaType);
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(folder, 'index.json'), json({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }));
  return { digest: manifest.digest };
}

/** A tar archive of one file, without more than the format asks for. */
export function tarOf(name: string, content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(512);
  const field = (at: number, length: number, text: string) =>
    header.write(text.padEnd(length, '\0'), at, length, 'ascii');
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  field(0, 100, name);
  field(100, 8, octal(0o755, 7));
  field(108, 8, octal(0, 7));
  field(116, 8, octal(0, 7));
  field(124, 12, octal(content.byteLength, 11));
  field(136, 12, octal(0, 11));
  field(148, 8, ' '.repeat(8));
  field(156, 1, '0');
  field(257, 8, 'ustar\x0000');
  const sum = header.reduce((total, byte) => total + byte, 0);
  field(148, 8, `${sum.toString(8).padStart(6, '0')}\0 `);
  const padding = Buffer.alloc((512 - (content.byteLength % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}
