import { unprocessable } from './errors.ts';

/** What is taken of an archive, of every kind. */
export interface ArchiveLimits {
  entries: number;
  /** Of all entries together, in bytes, unpacked. */
  bytes: number;
  /** How many times larger than the archive its contents may be; small archives may have 64 MiB whatever they are. */
  ratio: number;
  /** Of folders within folders. */
  depth: number;
}

/** Those of the packages that clients unpack. */
export const PACKAGE_LIMITS: ArchiveLimits = { entries: 200_000, bytes: 8 * 1024 ** 3, ratio: 200, depth: 64 };

const FREE_BYTES = 64 * 1024 * 1024;
const MAX_NAME = 1024;

/**
 * The one rule for the entries of archives; the readers of each kind tell it what they meet, before they read any of
 * it.
 */
export type ArchiveGuard = ReturnType<typeof guardArchive>;

/**
 * @param size of the archive itself.
 * @returns what throws PosternError `unprocessable` when an archive is larger than it looks, or holds an entry that
 * could leave the folder it is unpacked into: links, absolute names, `..`.
 */
export function guardArchive(size: number, limits: ArchiveLimits) {
  const most = Math.min(limits.bytes, Math.max(FREE_BYTES, limits.ratio * size));
  let bytes = 0;
  return {
    /** @param count so many there are, or there were so far. */
    entries(count: number): void {
      if (count > limits.entries) throw unprocessable(`the archive has more than ${limits.entries} entries`);
    },
    /** @param count so many bytes more, unpacked. */
    unpacks(count: number): void {
      bytes += count;
      if (bytes > most) throw unprocessable('the archive is larger unpacked than it may be');
    },
    /** @param type what the archive calls it; `file` and `folder` alone are taken. */
    entry(name: string, type: string): void {
      if (type !== 'file' && type !== 'folder') throw unprocessable(`the archive holds a ${type}, which is not taken`);
      checkName(name, limits.depth);
    },
  };
}

function checkName(name: string, depth: number): void {
  if (name === '' || name.length > MAX_NAME || /[\u0000-\u001f\u007f]/.test(name))
    throw unprocessable('the archive holds a name that is not taken');
  const parts = name.split(/[/\\]/);
  if (/^[/\\]|^[A-Za-z]:/.test(name) || parts.includes('..')) throw leadsOut();
  if (parts.filter((part) => part !== '' && part !== '.').length > depth)
    throw unprocessable(`the archive has more than ${depth} folders in each other`);
}

export const leadsOut = () => unprocessable('the archive holds a name that leads out of it');
