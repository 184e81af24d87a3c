import type { PackageFile } from '../../domain/packages/address.ts';
import { invalidParameter } from '../../lib/errors.ts';

/** 5 GiB: GitLab's default. */
export const MAX_BYTES = 5 * 1024 ** 3;

const MAX_LENGTH = 255;

/** The names in an address of the generic registry, checked. https://docs.gitlab.com/user/packages/generic_packages/ */
export interface GenericAddress {
  name: string;
  version: string;
  /** May hold slashes: folders that the publisher thought of. */
  file: string;
}

/** @throws PosternError `package_name is invalid` and its kin. */
export function parseAddress(params: Readonly<Record<string, string>>): GenericAddress {
  const { name = '', version = '', file = '' } = params;
  if (!isPart(name, /^[A-Za-z0-9._+-]+$/)) throw invalidParameter('package_name is invalid', LETTERS);
  if (!isPart(version, /^[\w+.-]+$/) || version.includes('..'))
    throw invalidParameter('package_version is invalid', LETTERS);
  if (file.length > MAX_LENGTH || !file.split('/').every((part) => isPart(part, /^[A-Za-z0-9._+~@-]+$/)))
    throw invalidParameter('file_name is invalid', `${LETTERS} A file name may also have ~, @ and folders.`);
  return { name, version, file };
}

const LETTERS = `Letters, digits and . _ + - are taken, ${MAX_LENGTH} of them at most.`;

const isPart = (text: string, letters: RegExp) =>
  text.length <= MAX_LENGTH && letters.test(text) && !/^\.+$/.test(text);

/** @returns undefined when nothing is asked for. @throws PosternError `status does not have a valid value`. */
export function parseStatus(text: string | null): 'default' | 'hidden' | undefined {
  if (text === null || text === '') return undefined;
  if (text === 'default' || text === 'hidden') return text;
  throw invalidParameter('status does not have a valid value', 'It is default or hidden.');
}

/** A file as GitLab shows it to `select=package_file`. */
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
