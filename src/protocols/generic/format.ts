import type { PackageFile } from '../../domain/packages/address.ts';
import { invalidParameter } from '../../lib/errors.ts';
import { hasUnprintable } from '../../lib/unprintable.ts';

/** 5 GiB, the default of GitLab. */
export const MAX_BYTES = 5 * 1024 ** 3;

const MAX_LENGTH = 255;

/** The names in an address of the generic registry, checked. https://docs.gitlab.com/user/packages/generic_packages/ */
export interface GenericAddress {
  name: string;
  version: string;
  /** May contain slashes: the folders of the publisher. In the form NFC, as macOS may send another. */
  file: string;
}

/** @throws PosternError `package_name is invalid`, `package_version is invalid`, `file_name is invalid`. */
export function parseAddress(params: Readonly<Record<string, string>>): GenericAddress {
  const { name = '', version = '' } = params;
  // First: some letters have a longer form in NFC.
  const file = (params['file'] ?? '').normalize('NFC');
  if (!isPart(name, /^[A-Za-z0-9._+-]+$/)) throw invalidParameter('package_name is invalid', LETTERS);
  if (!isPart(version, /^[\w+.-]+$/) || version.includes('..'))
    throw invalidParameter('package_version is invalid', LETTERS);
  if (file.length > MAX_LENGTH || !file.split('/').every(isFilePart))
    throw invalidParameter('file_name is invalid', FILE_LETTERS);
  return { name, version, file };
}

/**
 * Characters that no file name has: those with a meaning in an address, where clients and proxies decode a name again,
 * and those that Windows forbids, but for the colon.
 */
const NOT_IN_FILES = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\\%;?#"<>|*]/u;

const isFilePart = (part: string) =>
  part !== '' && !/^\.+$|^\p{Z}|\p{Z}$/u.test(part) && !NOT_IN_FILES.test(part) && !hasUnprintable(part);

const LETTERS = `Letters, digits and . _ + - are accepted, at most ${MAX_LENGTH} of them.`;

const FILE_LETTERS =
  `At most ${MAX_LENGTH} printable characters and folders are accepted, without spaces at the ends of a name ` +
  'and without \\ % ; ? # " < > | *.';

const isPart = (text: string, letters: RegExp) =>
  text.length <= MAX_LENGTH && letters.test(text) && !/^\.+$/.test(text);

/** @returns undefined when no status is given. @throws PosternError `status does not have a valid value`. */
export function parseStatus(text: string | null): 'default' | 'hidden' | undefined {
  if (text === null || text === '') return undefined;
  if (text === 'default' || text === 'hidden') return text;
  throw invalidParameter('status does not have a valid value', 'It is default or hidden.');
}

/** A file in the response to `select=package_file`, as in GitLab. */
export function showFile(file: PackageFile, packageId: number) {
  return {
    id: file.id,
    package_id: packageId,
    created_at: new Date(file.created_at).toISOString(),
    file_name: file.name,
    size: file.size,
    file_md5: file.md5,
    file_sha1: file.sha1,
    file_sha256: file.sha256,
  };
}

export const lastPart = (path: string) => path.slice(path.lastIndexOf('/') + 1);
