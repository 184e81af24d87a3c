import { invalidParameter, ruleBroken } from '../../lib/errors.ts';
import { isSameVersion, normalizeVersion } from './version.ts';

/** 3 GiB: GitLab's default. */
export const MAX_BYTES = 3 * 1024 ** 3;

/**
 * Case and the kind and number of separators mean nothing in a name. https://peps.python.org/pep-0503/#normalized-names
 */
export const nameKey = (name: string) => name.toLowerCase().replace(/[-_.]+/g, '-');

/** @throws PosternError `Name is invalid`. https://packaging.python.org/en/latest/specifications/name-normalization/ */
export function parseName(text: string): string {
  if (text.length > 214 || !/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(text))
    throw invalidParameter(
      'Validation failed: Name is invalid',
      'Letters, digits and . _ - are taken, with a letter or digit first and last.',
    );
  return text;
}

/** @returns the version as PEP 440 writes it. @throws PosternError `Version is invalid`. */
export function parseVersion(text: string): string {
  const version = normalizeVersion(text);
  if (version === null)
    throw invalidParameter('Validation failed: Version is invalid', 'It must be a version of PEP 440, such as 1.0.2.');
  return version;
}

/** @returns a range of versions of Python, or undefined for none. @throws PosternError `Required python is invalid`. */
export function parsePython(text: string | undefined): string | undefined {
  const python = text?.trim() ?? '';
  if (python.length > 255 || !/^[\w\s.,<>=!~*+-]*$/.test(python))
    throw invalidParameter('Validation failed: Required python is invalid');
  return python === '' ? undefined : python;
}

/** So many letters of a description are kept, as by GitLab: all versions of a package are read for its index. */
export const MAX_DESCRIPTION = 4000;

export type FileKind = 'bdist_wheel' | 'sdist';

/** What the name of a file says that it is. */
export interface ParsedFile {
  kind: FileKind;
  suffix: '.whl' | '.tar.gz' | '.zip';
  /** As `nameKey` and `normalizeVersion` write them: of a source distribution all ways to read it. */
  readings: { key: string; version: string }[];
}

/**
 * Takes the name of a wheel or of a source distribution apart.
 * https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention and
 * https://packaging.python.org/en/latest/specifications/source-distribution-format/#source-distribution-file-name
 * @throws PosternError `File name is invalid`.
 */
export function parseFileName(file: string): ParsedFile {
  if (file.length > 255 || !/^[A-Za-z0-9][A-Za-z0-9._+!-]*$/.test(file)) throw badFile('Its letters are not taken.');
  const suffix = (['.whl', '.tar.gz', '.zip'] as const).find((end) => file.endsWith(end));
  if (suffix === undefined) throw badFile('Wheels (.whl) and source distributions (.tar.gz, .zip) are taken.');
  const stem = file.slice(0, -suffix.length);
  if (suffix === '.whl') return { kind: 'bdist_wheel', suffix, readings: [readWheelName(stem)] };
  return { kind: 'sdist', suffix, readings: readSourceName(stem) };
}

const badFile = (hint: string) => invalidParameter('Validation failed: File name is invalid', hint);

function readWheelName(stem: string): { key: string; version: string } {
  const parts = stem.split('-');
  const [name = '', written = '', third = ''] = parts;
  const version = normalizeVersion(written.replaceAll('_', '-'));
  const isWheel = (parts.length === 5 || (parts.length === 6 && /^\d/.test(third))) && !parts.includes('');
  if (!isWheel || version === null)
    throw badFile('A wheel is named {name}-{version}(-{build})-{python}-{abi}-{platform}.');
  return { key: nameKey(name), version };
}

/** Names may hold dashes, and so may versions: any dash may be the one between them. */
function readSourceName(stem: string): { key: string; version: string }[] {
  const readings = [...stem.matchAll(/-/g)].flatMap(({ index }) => {
    const name = stem.slice(0, index);
    const version = normalizeVersion(stem.slice(index + 1));
    return name === '' || version === null ? [] : [{ key: nameKey(name), version }];
  });
  if (readings.length === 0) throw badFile('A source distribution is named {name}-{version}.');
  return readings;
}

/**
 * @throws PosternError unless the file's name says that it is of this package and version: an index goes by the names.
 */
export function checkAgreement(file: string, { readings }: ParsedFile, name: string, version: string): void {
  if (!readings.some((read) => read.key === nameKey(name) && isSameVersion(read.version, version)))
    throw ruleBroken(`The file ${file} is not of ${name} ${version} by its name.`);
}

/**
 * What tells the files of one version apart: of a wheel its build and its tags, whichever case and order they are in;
 * of a source distribution how it is packed. Name and version may be written in more than one way, and clients take
 * any.
 */
export function fileKey(file: string): string {
  const { kind, suffix } = parseFileName(file);
  if (kind === 'sdist') return suffix;
  const [, , ...parts] = file.slice(0, -suffix.length).toLowerCase().split('-');
  return parts.map((part) => part.split('.').sort().join('.')).join('-');
}

/**
 * @returns the reason that the body of a yank gives: `{"reason": "..."}`, or nothing. @throws PosternError `reason is
 * invalid`.
 */
export function parseYank(body: string): string {
  if (body.trim() === '') return '';
  let sent: unknown;
  try {
    sent = JSON.parse(body);
  } catch {
    throw invalidParameter('The body is not valid JSON');
  }
  const reason = typeof sent === 'object' && sent !== null && 'reason' in sent ? sent.reason : '';
  if (typeof reason !== 'string' || reason.length > 1000) throw invalidParameter('reason is invalid');
  return reason;
}
