import { readFiles } from '../../lib/archives/archive.ts';
import { PACKAGE_LIMITS, SOURCE_LIMITS } from '../../lib/archives/archive-limits.ts';
import { openTar } from '../../lib/archives/tar.ts';
import { unprocessable } from '../../lib/errors.ts';
import type { StoredBytes } from '../../lib/stored-bytes.ts';
import { nameKey, type ParsedFile, parsePython } from './format.ts';
import { isSameVersion, normalizeVersion } from './version.ts';

/** It includes the description. */
const MAX_METADATA = 4 * 1024 * 1024;

/** The core metadata of a distribution. https://packaging.python.org/en/latest/specifications/core-metadata/ */
export interface CoreMetadata {
  bytes: Buffer;
  requiresPython: string | undefined;
}

/**
 * Checks a distribution: it must hold the published package and version, and be safe to unpack.
 * @throws PosternError `unprocessable`.
 */
export async function readCoreMetadata(
  archive: StoredBytes,
  { kind, suffix }: ParsedFile,
  name: string,
  version: string,
): Promise<CoreMetadata> {
  const file = kind === 'bdist_wheel' ? 'METADATA' : 'PKG-INFO';
  const isMetadata = (path: string) => isIn(path, kind, file, nameKey(name), version);
  let seen = false;
  const wanted = (path: string) => {
    if (!isMetadata(path)) return 0;
    if (seen) throw unprocessable(`the archive has two ${file}`);
    seen = true;
    return MAX_METADATA;
  };
  const { openZip } = await import('../../lib/archives/zip.ts');
  const isTar = suffix === '.tar.gz';
  const entries = isTar ? openTar(archive, 'gzip', SOURCE_LIMITS) : openZip(archive, PACKAGE_LIMITS);
  const found = await readFiles(entries, wanted);
  const [bytes] = [...found.values()];
  if (!bytes) throw unprocessable(`the archive has no ${file} of ${name} ${version}`);
  return { bytes, requiresPython: checkHeaders(headersOf(bytes), file, name, version) };
}

/** `name-1.0.dist-info/METADATA` in a wheel, `name-1.0/PKG-INFO` in a source distribution. */
function isIn(path: string, kind: ParsedFile['kind'], file: string, key: string, version: string): boolean {
  const [folder = '', last, ...more] = path.replace(/^\.\//, '').split('/');
  if (last !== file || more.length > 0) return false;
  if (kind === 'sdist') return true;
  if (!folder.endsWith('.dist-info')) return false;
  const stem = folder.slice(0, -'.dist-info'.length);
  const dash = stem.indexOf('-');
  const written = stem.slice(dash + 1).replaceAll('_', '-');
  return dash > 0 && nameKey(stem.slice(0, dash)) === key && isVersion(written, version);
}

/** The fields before the first empty line, by lower-case name. */
function headersOf(bytes: Buffer): Map<string, string[]> {
  const [head = ''] = bytes.toString('utf8').split(/(?:^|\r?\n)\r?\n/, 1);
  const fields = new Map<string, string[]>();
  for (const line of head.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon <= 0 || /^\s/.test(line)) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = fields.get(name);
    if (before) before.push(value);
    else fields.set(name, [value]);
  }
  return fields;
}

function checkHeaders(headers: Map<string, string[]>, file: string, name: string, version: string): string | undefined {
  const names = headers.get('name') ?? [];
  const versions = headers.get('version') ?? [];
  const said = names[0] ?? '';
  const number = versions[0] ?? '';
  if (names.length !== 1 || versions.length !== 1) throw unprocessable(`${file} does not name one package and version`);
  if (nameKey(said) !== nameKey(name) || !isVersion(number, version))
    throw unprocessable(`the archive holds ${said.slice(0, 200)} ${number.slice(0, 100)}, not ${name} ${version}`);
  return parsePython(headers.get('requires-python')?.[0]);
}

function isVersion(written: string, version: string): boolean {
  const normal = normalizeVersion(written);
  return normal !== null && isSameVersion(normal, version);
}
