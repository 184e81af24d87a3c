import clean from 'semver/functions/clean';
import type { ProjectFacts } from '../../domain/access/facts.ts';
import type { Receive } from '../../domain/packages/receiving.ts';
import { announcedSize } from '../../http/bodies/announced-size.ts';
import { readBody } from '../../http/bodies/read-body.ts';
import type { RequestContext } from '../../http/route.ts';
import { readFiles } from '../../lib/archives/archive.ts';
import { PACKAGE_LIMITS } from '../../lib/archives/archive-limits.ts';
import { openTar } from '../../lib/archives/tar.ts';
import { parseJson } from '../../lib/bounded-json.ts';
import { bufferSmall } from '../../lib/buffer-small.ts';
import { invalidParameter, unprocessable } from '../../lib/errors.ts';
import { gunzipBody } from '../../lib/gunzip-body.ts';
import { readJsonWithAttachments } from '../../lib/json-attachments.ts';
import { record } from '../../lib/record.ts';
import type { StoredBytes } from '../../lib/stored-bytes.ts';
import { type Attachment, withoutBuild } from './format.ts';

/** Largest document without the tarball. `npm deprecate` sends all versions at once. */
const MAX_DOCUMENT = 32 * 1024 * 1024;
/** Largest part of it that is parsed: all but what `isLeftOut` leaves out. */
const MAX_PARSED = 8 * 1024 * 1024;
/** The most values and keys of that part. */
const MAX_ITEMS = 200_000;
const SMALL_BODY = 256 * 1024;
const MAX_PACKAGE_JSON = 1024 * 1024;
const MAX_PACKAGE_JSON_ITEMS = 100_000;

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
  receive: Receive,
  { request, body, facts }: Pick<RequestContext<ProjectFacts>, 'request' | 'body' | 'facts'>,
  maxBytes: number,
): Promise<PublishBody> {
  if (!body) throw invalidParameter('The body is empty');
  // Base64 has four characters for three bytes.
  const atLeast = Math.max(1, Math.floor((((announcedSize(request) ?? 0) - MAX_DOCUMENT) * 3) / 4));
  const { value, attachments } = await readJsonWithAttachments<Attachment>(decoded(request, body), {
    maxBytes: MAX_DOCUMENT,
    maxParsed: MAX_PARSED,
    maxItems: MAX_ITEMS,
    leaveOut: isLeftOut(),
    keys: [(key) => key === '_attachments', (key) => key.endsWith('.tgz'), (key) => key === 'data'],
    take: async ([, name = ''], bytes) => {
      const { body: through, whole } = bufferSmall(bytes);
      const stored = await receive(facts.project, through, { maxBytes, atLeast, digests: ['sha1', 'sha512'] });
      return { name, stored, bytes: whole() };
    },
  });
  return { document: value, attachments };
}

/**
 * A publication has one version; `npm deprecate` and `npm unpublish` send all. Of all but the first only the
 * deprecation counts, and the dates count for none: both would be most of the document.
 */
function isLeftOut(): (keys: readonly string[]) => boolean {
  let first: string | undefined;
  return ([member, version, field]) => {
    if (member === 'time') return true;
    if (member !== 'versions' || version === undefined) return false;
    first ??= version;
    return field !== undefined && version !== first && field !== 'deprecated';
  };
}

/** The body as a stream, or a small one in one piece: that costs less. */
function decoded(request: Request, body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (/^(x-)?gzip$/i.test(request.headers.get('content-encoding') ?? '')) return gunzipBody(body);
  return (announcedSize(request) ?? Number.POSITIVE_INFINITY) > SMALL_BODY ? body : inOnePiece(request);
}

async function* inOnePiece(request: Request): AsyncGenerator<Uint8Array> {
  yield await readBody(request, SMALL_BODY);
}

/** Sizes of a tarball, which `npm view` shows. */
export interface TarballSizes {
  fileCount: number;
  /** Of all files, in bytes. */
  unpackedSize: number;
}

/**
 * Checks a tarball: it must hold the published package and version, and be safe to unpack.
 * @throws PosternError `unprocessable`.
 */
export async function checkTarball(
  archive: StoredBytes | Uint8Array<ArrayBuffer>,
  name: string,
  version: string,
): Promise<TarballSizes> {
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
  const sizes: TarballSizes = { fileCount: 0, unpackedSize: 0 };
  const files = await readFiles(entries, (path, size) => {
    sizes.fileCount += 1;
    sizes.unpackedSize += size;
    return isPackageJson(path) ? MAX_PACKAGE_JSON : 0;
  });
  const [text] = [...files.values()];
  if (!text) throw unprocessable('the archive has no package.json');
  const inside = record(parsePackageJson(text));
  const saidName = wordOf(inside['name']).trim();
  const saidVersion = wordOf(inside['version']);
  // npm, pnpm and yarn 1 publish `v1.0.0` and `1.2.3beta` as 1.0.0 and 1.2.3-beta.
  const cleaned = clean(saidVersion, { loose: true });
  if (saidName !== name || cleaned === null || withoutBuild(cleaned) !== version)
    throw unprocessable(`the archive holds ${`${saidName}@${saidVersion}`.slice(0, 300)}, not ${name}@${version}`);
  return sizes;
}

function parsePackageJson(text: Uint8Array): unknown {
  try {
    return parseJson(text, { maxItems: MAX_PACKAGE_JSON_ITEMS });
  } catch {
    throw unprocessable('the package.json in the archive is not valid JSON');
  }
}

/** The value when it is a text, else an empty text: the conversion of an object to text may throw. */
const wordOf = (value: unknown): string => (typeof value === 'string' ? value : '');
