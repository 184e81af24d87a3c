import type { Route } from '../../src/http/route.ts';
import { npmTarball, publication, tarball } from '../support/npm-tarball.ts';
import { uploadForm, wheel } from '../support/wheel.ts';

/** A body at a limit, with the headers that make the server parse it. */
export interface LargeBody {
  name: string;
  headers: Record<string, string>;
  body: Uint8Array | FormData | ReadableStream<Uint8Array>;
}

/** A body for one address. */
export interface AimedBody extends LargeBody {
  method: string;
  path: string;
}

const MEBIBYTE = 1024 * 1024;
const JSON_TYPE = { 'Content-Type': 'application/json' };
const FORM_TYPE = { 'Content-Type': 'application/x-www-form-urlencoded' };

/** Fills a text with padding up to a size in bytes: the largest body that a limit in bytes admits. */
const padded = (head: string, tail: string, bytes: number) =>
  Buffer.from(`${head}${' '.repeat(Math.max(0, bytes - head.length - tail.length))}${tail}`);

/** As many items as are allowed, and then as many bytes. @param unit counts `items`. */
const manyItems = (unit: string, items: number, most: number, bytes: number) =>
  padded(`{"a":[${unit.repeat(Math.floor((most - 10) / items))}0]`, '}', bytes);

const multipart = (parts: number, bytes: number) => {
  const part = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n';
  const each = 'y'.repeat(Math.floor(bytes / parts) - part.length - 10);
  return Buffer.from(`${`${part}${each}\r\n`.repeat(parts)}--x--\r\n`);
};

/** Bodies for every row of the API: the largest of each kind, within the limits and just outside. */
export const API_BODIES: readonly LargeBody[] = [
  { name: 'JSON, lists', headers: JSON_TYPE, body: manyItems('[],', 2, 10_000, MEBIBYTE) },
  { name: 'JSON, too many lists', headers: JSON_TYPE, body: manyItems('[],', 2, 650_000, MEBIBYTE) },
  { name: 'JSON, one text', headers: JSON_TYPE, body: padded('{"name":"', '"}', MEBIBYTE) },
  { name: 'a form', headers: FORM_TYPE, body: Buffer.from(`${'[]=&'.repeat(4095)}a=${'y'.repeat(MEBIBYTE - 16_384)}`) },
  { name: 'a form, too many fields', headers: FORM_TYPE, body: Buffer.from('[]=&'.repeat(MEBIBYTE / 4)) },
  {
    name: 'a multipart form',
    headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
    body: multipart(4096, MEBIBYTE - 4096),
  },
];

/** Bodies for every form of a page. */
export const PAGE_BODIES: readonly LargeBody[] = [
  { name: 'a form', headers: FORM_TYPE, body: Buffer.from(`${'[]=&'.repeat(4095)}a=${'y'.repeat(48_000)}`) },
  { name: 'a form, too many fields', headers: FORM_TYPE, body: Buffer.from('&'.repeat(65_536)) },
];

/** Whether a row takes a body that any of the kinds above may be. */
export const takesBody = ({ method }: Route) => method !== 'GET';

async function npmBodies(packages: string): Promise<AimedBody[]> {
  const to = (name: string, body: Uint8Array, more = {}) => ({
    name: `npm, ${name}`,
    method: 'PUT',
    path: `${packages}/npm/large`,
    headers: { ...JSON_TYPE, ...more },
    body,
  });
  const manifest = { name: 'large', version: '1.0.0' };
  const document = publication(manifest, await npmTarball(manifest));
  const versions = Object.fromEntries(
    Array.from({ length: 40_000 }, (_, i) => [
      `1.0.${i}`,
      { name: 'large', deprecated: '', dist: { shasum: 'x'.repeat(600) } },
    ]),
  );
  const publish = (archive: Uint8Array) => Buffer.from(JSON.stringify(publication(manifest, archive)));
  const lists = Buffer.from(`{"a":[${'[],'.repeat(10 * MEBIBYTE)}0]}`);
  return [
    to('as many lists as are parsed', manyItems('[],', 2, 200_000, 8 * MEBIBYTE)),
    to('as many objects as are parsed', manyItems('{"a":1},', 3, 200_000, 8 * MEBIBYTE)),
    to('one text', padded('{"name":"', '"}', 8 * MEBIBYTE)),
    to('40,000 versions', Buffer.from(JSON.stringify({ ...document, versions, _attachments: {} })), {
      'npm-command': 'deprecate',
    }),
    to('32 MiB that are left out', Buffer.from(`{"time":[${'[],'.repeat(10.5 * MEBIBYTE)}0]}`)),
    to('gzip of 31 MB of lists', Bun.gzipSync(lists), { 'Content-Encoding': 'gzip' }),
    to('a package.json of many values', publish(await npmTarball({ ...manifest, many: Array(45_000).fill([]) }))),
    to('an archive of 20,000 files', publish(await tarOf(20_000))),
  ];
}

async function tarOf(files: number): Promise<Buffer> {
  return tarball(Array.from({ length: files }, (_, i) => ({ name: `package/${i}`, content: '' })));
}

/** Bodies for the addresses whose parsers or limits are their own. */
export async function aimedBodies(project: { id: number; full_path: string }): Promise<AimedBody[]> {
  const packages = `/api/v4/projects/${project.id}/packages`;
  const xml = (unit: string, items: number) =>
    Buffer.from(`<metadata><plugins>${unit.repeat(items)}</plugins></metadata>`);
  const maven = (name: string, body: Uint8Array) => ({
    name: `Maven metadata, ${name}`,
    method: 'PUT',
    path: `${packages}/maven/com/large/maven-metadata.xml`,
    headers: {},
    body,
  });
  const descriptor = `{"mediaType":"application/x","digest":"sha256:${'a'.repeat(64)}","size":1},`;
  const manifest = (head: string, unit: string, count: number) =>
    padded(`{"schemaVersion":2,${head}[${unit.repeat(count).slice(0, -1)}]`, '}', 4 * MEBIBYTE);
  const oci = (name: string, type: string, body: Uint8Array) => ({
    name: `a manifest, ${name}`,
    method: 'PUT',
    path: `/v2/${project.full_path}/manifests/large`,
    headers: { 'Content-Type': type },
    body,
  });
  const objects = Array.from({ length: 1000 }, (_, i) => ({ oid: i.toString(16).padStart(64, '0'), size: 1 }));
  const fields = Object.fromEntries(Array.from({ length: 4000 }, (_, i) => [`field${i}`, 'y'.repeat(1000)]));
  return [
    ...(await npmBodies(packages)),
    maven('elements', xml('<a/>', 19_000)),
    maven('plug-ins', xml('<plugin><name>a</name><prefix>a</prefix><artifactId>a</artifactId></plugin>', 2400)),
    maven('8 MiB', Buffer.alloc(8 * MEBIBYTE, 'x')),
    oci('an index', 'application/vnd.oci.image.index.v1+json', manifest('"manifests":', descriptor, 24_000)),
    oci(
      'layers',
      'application/vnd.oci.image.manifest.v1+json',
      manifest(`"config":${descriptor.slice(0, -1)},"layers":`, descriptor, 24_000),
    ),
    oci('lists', 'application/vnd.oci.image.manifest.v1+json', manifest('"a":', '[],', 95_000)),
    {
      name: 'a batch of LFS',
      method: 'POST',
      path: `/${project.full_path}.git/info/lfs/objects/batch`,
      headers: { 'Content-Type': 'application/vnd.git-lfs+json' },
      body: padded(JSON.stringify({ operation: 'download', objects }).slice(0, -1), '}', MEBIBYTE),
    },
    {
      name: 'a form of PyPI with 4,000 fields',
      method: 'POST',
      path: `${packages}/pypi`,
      headers: {},
      body: uploadForm('large', '1.0', wheel('large', '1.0'), fields),
    },
    {
      name: 'a streamed file of 64 MiB',
      method: 'PUT',
      path: `${packages}/generic/large/1/file`,
      headers: {},
      body: Buffer.alloc(64 * MEBIBYTE, 7),
    },
  ];
}
