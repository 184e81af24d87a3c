import type { Packages } from '../../domain/packages/packages.ts';
import type { Project } from '../../domain/projects/projects.ts';
import { announcedSize } from '../../http/bodies/announced-size.ts';
import { readFiles } from '../../lib/archives/archive.ts';
import { PACKAGE_LIMITS } from '../../lib/archives/archive-limits.ts';
import { openTar } from '../../lib/archives/tar.ts';
import { bufferSmall } from '../../lib/buffer-small.ts';
import { decompressing, isOfGzip } from '../../lib/compress-text.ts';
import { defined } from '../../lib/defined.ts';
import { invalidParameter, unprocessable } from '../../lib/errors.ts';
import { readJsonWithAttachments } from '../../lib/json-attachments.ts';
import type { StoredBytes } from '../../lib/stored-bytes.ts';
import { type Attachment, record } from './format.ts';

/** Largest document without the tarball. `npm deprecate` sends all versions at once. */
const MAX_DOCUMENT = 32 * 1024 * 1024;
const SMALL_BODY = 256 * 1024;
const MAX_PACKAGE_JSON = 1024 * 1024;

export interface PublishBody {
  document: Record<string, unknown>;
  attachments: Attachment[];
}

/**
 * Reads the body of a publication. The tarballs, base64 within the JSON, are streamed to the store.
 * @throws PosternError `too_large` when a tarball is larger than `maxBytes`, `over_quota`, `invalid` for a malformed
 * body.
 */
export async function readPublishBody(
  packages: Packages,
  project: Project,
  request: Request,
  maxBytes: number,
): Promise<PublishBody> {
  if (!request.body) throw invalidParameter('The body is empty');
  // Base64 has four characters for three bytes.
  const atLeast = Math.max(1, Math.floor((((announcedSize(request) ?? 0) - MAX_DOCUMENT) * 3) / 4));
  const { value, attachments } = await readJsonWithAttachments<Attachment>(bodyOf(request, request.body), {
    maxBytes: MAX_DOCUMENT,
    keys: [(key) => key === '_attachments', (key) => key.endsWith('.tgz'), (key) => key === 'data'],
    take: async ([, name = ''], bytes) => {
      const { body: through, whole } = bufferSmall(bytes);
      const stored = await packages.receive(project, through, { maxBytes, atLeast, digests: ['sha1', 'sha512'] });
      return { name, stored, bytes: whole() };
    },
  });
  return { document: withoutFurtherManifests(value), attachments };
}

/**
 * A publication has one version; `npm deprecate` and `npm unpublish` send all. Of all but the first only the
 * deprecation counts: the rest, up to 32 MiB of package.json, is released before the database is written.
 */
function withoutFurtherManifests(document: Record<string, unknown>): Record<string, unknown> {
  const versions = Object.entries(record(document['versions'])).map(([version, manifest], i) => {
    if (i === 0) return [version, manifest] as const;
    return [version, defined({ deprecated: record(manifest)['deprecated'] })] as const;
  });
  return versions.length < 2 ? document : { ...document, versions: Object.fromEntries(versions) };
}

/** The body as a stream, or a small one in one piece: that costs less. */
function bodyOf(request: Request, body: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  if (/^(x-)?gzip$/i.test(request.headers.get('content-encoding') ?? '')) return unpacked(body);
  return (announcedSize(request) ?? Number.POSITIVE_INFINITY) > SMALL_BODY ? body : inOnePiece(request);
}

async function* unpacked(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* decompressing(body);
  } catch (error) {
    // An error of the connection says nothing about the bytes.
    throw isOfGzip(error) ? invalidParameter('The body is not gzip') : error;
  }
}

async function* inOnePiece(request: Request): AsyncGenerator<Uint8Array> {
  yield await request.bytes();
}

/**
 * Checks a tarball: it must hold the published package and version, and be safe to unpack.
 * @throws PosternError `unprocessable`.
 */
export async function checkTarball(
  archive: StoredBytes | Uint8Array<ArrayBuffer>,
  name: string,
  version: string,
): Promise<void> {
  // Clients strip the first folder, whatever its name.
  let seen = false;
  const isPackageJson = (path: string) => {
    const [, file = '', ...more] = path.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
    if (more.length > 0 || file.toLowerCase() !== 'package.json') return false;
    if (seen) throw unprocessable('the archive has two package.json');
    seen = true;
    return true;
  };
  const entries = openTar(archive, 'gzip', PACKAGE_LIMITS);
  const files = await readFiles(entries, (path) => (isPackageJson(path) ? MAX_PACKAGE_JSON : 0));
  const [text] = [...files.values()];
  if (!text) throw unprocessable('the archive has no package.json');
  let inside: Record<string, unknown>;
  try {
    inside = record(JSON.parse(text.toString('utf8').replace(/^\ufeff/, '')));
  } catch {
    throw unprocessable('the package.json in the archive is not valid JSON');
  }
  const said = `${inside['name']}@${inside['version']}`;
  const meant = `${name}@${version}`;
  // `v1.0.0` in a package.json is published as 1.0.0.
  if (said.replace(/@[v=\s]+(?=\d[^@]*$)/, '@').trim() !== meant && said.split('+')[0] !== meant.split('+')[0])
    throw unprocessable(`the archive holds ${said.slice(0, 300)}, not ${meant}`);
}
