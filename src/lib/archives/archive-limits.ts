import { unprocessable } from '../errors.ts';
import { createLinkCheck } from './archive-links.ts';

/** Bounds on an archive of any format. */
export interface ArchiveLimits {
  entries: number;
  /** Total size of the entries when unpacked, in bytes. */
  bytes: number;
  /** Largest ratio of unpacked to packed size. */
  ratio: number;
  /** Unpacked bytes that are allowed whatever the ratio. */
  freeBytes: number;
  /** Nesting depth of folders. */
  depth: number;
  /** How many links a tar may have, each within its own top folder. 0: no link is accepted. */
  links: number;
  /** Size of the headers that a parser holds in memory at once, in bytes. */
  headerBytes: number;
  /** Time from opening the archive to its last entry, in milliseconds. */
  milliseconds: number;
}

/** The limits of a package that clients unpack. */
export const PACKAGE_LIMITS: ArchiveLimits = {
  entries: 200_000,
  bytes: 8 * 1024 ** 3,
  ratio: 200,
  freeBytes: 64 * 1024 ** 2,
  depth: 64,
  links: 0,
  headerBytes: 1024 ** 2,
  milliseconds: 5 * 60_000,
};

/**
 * The limits of a source distribution of Python: `tarfile` writes a hard link for a file that has two names.
 * https://packaging.python.org/en/latest/specifications/source-distribution-format/#source-distribution-archive-features
 */
export const SOURCE_LIMITS: ArchiveLimits = { ...PACKAGE_LIMITS, links: 10_000 };

const MAX_NAME = 1024;
/** How long an archive may keep the event loop before other requests get a turn, in milliseconds. */
const SLICE_MS = 10;

/** Enforces the limits. The reader of each format reports what it meets, before it reads any of it. */
export type ArchiveGuard = ReturnType<typeof guardArchive>;

/**
 * @param size of the archive itself, in bytes.
 * @returns checks that throw PosternError `unprocessable` when the archive exceeds a limit, or has an entry that could
 * be written outside the folder it is unpacked into: absolute names, `..`, and links unless the limits accept them.
 */
export function guardArchive(size: number, limits: ArchiveLimits) {
  const maxBytes = Math.min(limits.bytes, Math.max(limits.freeBytes, limits.ratio * size));
  const deadline = performance.now() + limits.milliseconds;
  let sliceStart = performance.now();
  let bytes = 0;
  let entries = 0;
  const links = createLinkCheck(limits.links);
  const checkEntries = (count: number) => {
    if (count > limits.entries) throw unprocessable(`the archive has more than ${limits.entries} entries`);
  };
  return {
    /** Checks the number of entries that the archive declares. */
    declaresEntries: checkEntries,

    /**
     * Counts and checks one entry.
     * @param type as the archive names it; `file`, `folder` and, where links are accepted, `link` and `symlink`.
     * @param target of a link. Left out: the format does not tell it.
     */
    entry(name: string, type: string, target?: string): void {
      checkEntries(++entries);
      const isLink = (type === 'link' || type === 'symlink') && target !== undefined && limits.links > 0;
      if (type !== 'file' && type !== 'folder' && !isLink)
        throw unprocessable(`the archive holds a ${type}, which is not accepted`);
      checkName(name, limits.depth);
      links.entry(name);
      if (isLink) links.link({ type, name, target });
    },

    /** Counts unpacked bytes. */
    unpacks(count: number): void {
      bytes += count;
      if (bytes > maxBytes) throw unprocessable('the archive is too large when unpacked');
    },

    /** Checks the size of the headers that are in memory at once. */
    holdsHeaders(count: number): void {
      if (count > limits.headerBytes) throw unprocessable('the archive holds headers that are too large');
    },

    /** Lets other requests run when this archive has kept the event loop for long enough. Checks the deadline. */
    async turn(): Promise<void> {
      const now = performance.now();
      if (now > deadline) throw unprocessable('the archive takes too long to read');
      if (now - sliceStart < SLICE_MS) return;
      await new Promise((resolve) => setImmediate(resolve));
      sliceStart = performance.now();
    },
  };
}

function checkName(name: string, depth: number): void {
  if (name === '' || name.length > MAX_NAME || /[\u0000-\u001f\u007f]/.test(name))
    throw unprocessable('the archive holds a name that is not accepted');
  const parts = name.split(/[/\\]/);
  if (/^[/\\]|^[A-Za-z]:/.test(name) || parts.includes('..')) throw leadsOut();
  if (parts.filter((part) => part !== '' && part !== '.').length > depth)
    throw unprocessable(`the archive has more than ${depth} levels of folders`);
}

export const leadsOut = () => unprocessable('the archive holds a name that leads out of it');
