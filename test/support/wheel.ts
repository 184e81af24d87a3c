import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  /** Bytes: a name in another encoding than UTF-8. */
  name: string | Uint8Array;
  content?: string | Uint8Array;
  /** Stored as it is, not compressed. */
  stored?: boolean;
  /** The mode that Unix has for it; 0o120777 is a link. */
  mode?: number;
  /** The false value in the directory. */
  claims?: Partial<Record<'size' | 'packed' | 'offset', number>>;
  flags?: number;
  /** Extra fields of the header before the entry and of the one in the directory. */
  extra?: Partial<Record<'header' | 'directory', Uint8Array>>;
}

/** An Info-ZIP Unicode Path field: a second name for the entry with the name `raw`. */
export function unicodePath(raw: string, name: string, version = 1): Buffer {
  const head = Buffer.alloc(9);
  const path = Buffer.from(name);
  head.writeUInt16LE(0x7075, 0);
  head.writeUInt16LE(5 + path.length, 2);
  head.writeUInt8(version, 4);
  head.writeUInt32LE(crc32(raw), 5);
  return Buffer.concat([head, path]);
}

/** A zip of these entries, written by hand: no tool writes what attackers do. */
export function zip(entries: readonly ZipEntry[], { large = false } = {}): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { name, content = '', stored = false, mode = 0o100644, claims = {}, flags = 0x800, extra = {} } = entry;
    const plain = Buffer.from(content);
    const path = Buffer.from(name);
    const packed = stored ? plain : deflateRawSync(plain);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(stored ? 0 : 8, 4);
    common.writeUInt32LE(0x00210000, 6);
    common.writeUInt32LE(crc32(plain), 10);
    common.writeUInt32LE(claims.packed ?? packed.length, 14);
    common.writeUInt32LE(claims.size ?? plain.length, 18);
    common.writeUInt16LE(path.length, 22);
    const before = Buffer.from(extra.header ?? []);
    const listed = Buffer.from(extra.directory ?? []);
    bodies.push(Buffer.from('PK\x03\x04', 'latin1'), withExtra(common, before), path, before, packed);
    const attributes = Buffer.alloc(14);
    attributes.writeUInt32LE((mode << 16) >>> 0, 6);
    attributes.writeUInt32LE(claims.offset ?? offset, 10);
    const head = [Buffer.from('PK\x01\x02\x14\x03', 'latin1'), withExtra(common, listed), attributes];
    directory.push(...head, path, listed);
    offset += 30 + path.length + before.length + packed.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([
    ...bodies,
    ...directory,
    ...(large ? largeEnd(entries.length, size, offset) : []),
    end(entries.length, size, large ? 0xffff_ffff : offset),
  ]);
}

function withExtra(common: Buffer, extra: Uint8Array): Buffer {
  const fields = Buffer.from(common);
  fields.writeUInt16LE(extra.length, 24);
  return fields;
}

function end(count: number, size: number, offset: number): Buffer {
  const record = Buffer.alloc(22);
  record.write('PK\x05\x06', 'latin1');
  record.writeUInt16LE(count, 8);
  record.writeUInt16LE(count, 10);
  record.writeUInt32LE(size, 12);
  record.writeUInt32LE(offset, 16);
  return record;
}

/** The two records that an archive of more than 4 GiB has before its end. */
function largeEnd(count: number, size: number, offset: number): Buffer[] {
  const record = Buffer.alloc(56);
  const locator = Buffer.alloc(20);
  record.write('PK\x06\x06', 'latin1');
  record.writeBigUInt64LE(44n, 4);
  for (const at of [24, 32]) record.writeBigUInt64LE(BigInt(count), at);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  locator.write('PK\x06\x07', 'latin1');
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return [record, locator];
}

export interface WheelOptions {
  requiresPython?: string;
  /** The output of its module on import. */
  says?: string;
  /** More lines of METADATA. */
  metadata?: readonly string[];
  more?: readonly ZipEntry[];
}

export const metadataOf = (name: string, version: string, { requiresPython, metadata = [] }: WheelOptions = {}) =>
  [
    'Metadata-Version: 2.1',
    `Name: ${name}`,
    `Version: ${version}`,
    'Summary: made by a test',
    ...(requiresPython === undefined ? [] : [`Requires-Python: ${requiresPython}`]),
    ...metadata,
    '',
    'A description.',
    '',
  ].join('\n');

/** A wheel that pip installs, with one module. */
export function wheel(name: string, version: string, options: WheelOptions = {}): { file: string; bytes: Buffer } {
  const distribution = name.replace(/[-_.]+/g, '_');
  const info = `${distribution}-${version}.dist-info`;
  const files: ZipEntry[] = [
    { name: `${distribution.toLowerCase()}.py`, content: `SAYS = ${JSON.stringify(options.says ?? version)}\n` },
    { name: `${info}/METADATA`, content: metadataOf(name, version, options) },
    {
      name: `${info}/WHEEL`,
      content: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    },
    ...(options.more ?? []),
  ];
  const record = [...files.map((file) => `${Buffer.from(file.name)},,`), `${info}/RECORD,,`].join('\n');
  const bytes = zip([...files, { name: `${info}/RECORD`, content: `${record}\n` }]);
  return { file: `${distribution}-${version}-py3-none-any.whl`, bytes };
}

const digest = (algorithm: 'md5' | 'sha256' | 'blake2b256', bytes: Uint8Array) =>
  new Bun.CryptoHasher(algorithm).update(bytes).digest('hex');

/** The form that `twine upload` sends of a file. */
export function uploadForm(
  name: string,
  version: string,
  { file, bytes }: { file: string; bytes: Uint8Array },
  more: Record<string, string> = {},
): FormData {
  const form = new FormData();
  const fields = {
    ':action': 'file_upload',
    protocol_version: '1',
    name,
    version,
    metadata_version: '2.1',
    ...(file.endsWith('.whl')
      ? { filetype: 'bdist_wheel', pyversion: 'py3' }
      : { filetype: 'sdist', pyversion: 'source' }),
    md5_digest: digest('md5', bytes),
    sha256_digest: digest('sha256', bytes),
    blake2_256_digest: digest('blake2b256', bytes),
    summary: 'made by a test',
    ...more,
  };
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append('content', new File([new Uint8Array(bytes)], file, { type: 'application/octet-stream' }));
  return form;
}
