import { parseJson } from '../../lib/bounded-json.ts';
import { invalidParameter, ruleBroken } from '../../lib/errors.ts';
import { isSameVersion, normalizeVersion } from './version.ts';

/** 3 GiB, the default of GitLab. */
export const MAX_BYTES = 3 * 1024 ** 3;

/** Names that differ only in case and separators are equal. https://peps.python.org/pep-0503/#normalized-names */
export const nameKey = (name: string) => name.toLowerCase().replace(/[-_.]+/g, '-');

/** @throws PosternError `Name is invalid`. https://packaging.python.org/en/latest/specifications/name-normalization/ */
export function parseName(text: string): string {
  if (text.length > 214 || !/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(text))
    throw invalidParameter(
      'Validation failed: Name is invalid',
      'Letters, digits and . _ - are accepted, with a letter or digit first and last.',
    );
  return text;
}

/** @returns the version in the normal form of PEP 440. @throws PosternError `Version is invalid`. */
export function parseVersion(text: string): string {
  const version = normalizeVersion(text);
  if (version === null)
    throw invalidParameter('Validation failed: Version is invalid', 'It must be a version of PEP 440, such as 1.0.2.');
  return version;
}

/** @returns a range of Python versions, or undefined for none. @throws PosternError `Required python is invalid`. */
export function parsePython(text: string | undefined): string | undefined {
  const python = text?.trim() ?? '';
  if (python.length > 255 || !/^[\w\s.,<>=!~*+-]*$/.test(python))
    throw invalidParameter('Validation failed: Required python is invalid');
  return python === '' ? undefined : python;
}

/** Longest stored description, in characters, as in GitLab: the metadata of all versions is read for the index. */
export const MAX_DESCRIPTION = 4000;

export type FileKind = 'bdist_wheel' | 'sdist';

/** The parsed name of a file. */
export interface ParsedFile {
  kind: FileKind;
  suffix: '.whl' | '.tar.gz' | '.zip';
  /** In the forms of `nameKey` and `normalizeVersion`. The name of a source distribution may have several readings. */
  readings: { key: string; version: string }[];
}

/**
 * Parses the name of a wheel or a source distribution.
 * https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention
 * https://packaging.python.org/en/latest/specifications/source-distribution-format/#source-distribution-file-name
 * @throws PosternError `File name is invalid`.
 */
export function parseFileName(file: string): ParsedFile {
  if (file.length > 255 || !/^[A-Za-z0-9][A-Za-z0-9._+!-]*$/.test(file))
    throw badFile('It has a character that is not accepted.');
  const suffix = (['.whl', '.tar.gz', '.zip'] as const).find((end) => file.endsWith(end));
  if (suffix === undefined) throw badFile('Wheels (.whl) and source distributions (.tar.gz, .zip) are accepted.');
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

/** Names and versions may contain dashes: any dash may be the one between them. */
function readSourceName(stem: string): { key: string; version: string }[] {
  const readings = [...stem.matchAll(/-/g)].flatMap(({ index }) => {
    const name = stem.slice(0, index);
    const version = normalizeVersion(stem.slice(index + 1));
    return name === '' || version === null ? [] : [{ key: nameKey(name), version }];
  });
  if (readings.length === 0) throw badFile('A source distribution is named {name}-{version}.');
  return readings;
}

/** @throws PosternError unless the name of the file is of this package and version: clients of the index rely on it. */
export function checkAgreement(file: string, { readings }: ParsedFile, name: string, version: string): void {
  if (!readings.some((read) => read.key === nameKey(name) && isSameVersion(read.version, version)))
    throw ruleBroken(`The name of the file ${file} is not one of ${name} ${version}.`);
}

/**
 * The key by which files of one version are compared: of a wheel its build and its tags, in any case and order; of a
 * source distribution its archive format. Name and version may have several spellings, and clients accept any.
 */
export function fileKey(file: string): string {
  const { kind, suffix } = parseFileName(file);
  if (kind === 'sdist') return suffix;
  const [, , ...parts] = file.slice(0, -suffix.length).toLowerCase().split('-');
  return parts.map((part) => part.split('.').sort().join('.')).join('-');
}

/**
 * @returns the reason in the body of a yank, `{"reason": "..."}`, or an empty text. @throws PosternError `reason is
 * invalid`.
 */
export function parseYank(body: Buffer): string {
  if (body.toString('utf8').trim() === '') return '';
  const sent = parseJson(body);
  const reason = typeof sent === 'object' && sent !== null && 'reason' in sent ? sent.reason : '';
  if (typeof reason !== 'string' || reason.length > 1000) throw invalidParameter('reason is invalid');
  return reason;
}
