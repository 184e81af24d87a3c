import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher('sha256').update(bytes).digest('hex');

/**
 * An image as clients read it from a folder: an OCI image layout.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
export function writeImageLayout(folder: string, tag: string, layers: readonly Uint8Array[]): { digest: string } {
  const put = openLayout(folder);
  const manifest = putImage(put, 'amd64', layers);
  finish(folder, tag, manifest);
  return { digest: manifest.digest };
}

/**
 * The same with an index of two images, one for each of two platforms. @returns its digest, and those of the images.
 */
export function writeIndexLayout(folder: string, tag: string, [amd64, arm64]: [Uint8Array[], Uint8Array[]]) {
  const put = openLayout(folder);
  const images = Object.entries({ amd64, arm64 }).map(([architecture, layers]) => ({
    ...putImage(put, architecture, layers),
    platform: { os: 'linux', architecture },
  }));
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const index = put(json({ schemaVersion: 2, mediaType, manifests: images }), mediaType);
  finish(folder, tag, index);
  return { index: index.digest, digests: images.map(({ digest }) => digest) };
}

type Put = ReturnType<typeof openLayout>;

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

function openLayout(folder: string) {
  const blobs = join(folder, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  return (bytes: Uint8Array, mediaType: string) => {
    const hex = sha256(bytes);
    writeFileSync(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.byteLength };
  };
}

function putImage(put: Put, architecture: string, layers: readonly Uint8Array[]) {
  const files = layers.map((layer) => put(layer, 'application/vnd.oci.image.layer.v1.tar'));
  const rootfs = { type: 'layers', diff_ids: files.map((file) => file.digest) };
  const config = put(
    json({ architecture, os: 'linux', config: { Cmd: ['/hello'] }, rootfs }),
    'application/vnd.oci.image.config.v1+json',
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  return put(json({ schemaVersion: 2, mediaType, config, layers: files }), mediaType);
}

function finish(folder: string, tag: string, manifest: ReturnType<Put>): void {
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(folder, 'index.json'), json({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }));
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
