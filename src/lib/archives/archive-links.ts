import { unprocessable } from '../errors.ts';

/** A link of a tar. The target of a symbolic link is relative to its folder, that of a hard link to the archive. */
export interface ArchiveLink {
  type: 'symlink' | 'link';
  name: string;
  target: string;
}

/**
 * Checks the links of an archive: each must lead to a place within its own top folder, whatever is unpacked before it.
 * This is the `data` filter of https://peps.python.org/pep-0706/ without a file system: it needs the rules below,
 * because a name can lead through a link.
 * - The name of an entry is not that of a link before it, and does not lead through one.
 * - Only the first parts of the target of a symbolic link are `..`: they leave folders that are no links.
 * - The target of a hard link is no symbolic link, which would lead elsewhere from another folder.
 * @param most how many links the archive may have. Their names are held in memory.
 */
export function createLinkCheck(most: number) {
  const links = new Map<string, ArchiveLink['type']>();
  const foldersOfLinks = new Set<string>();

  const checkSymbolic = (parts: readonly string[], target: readonly string[]) => {
    const down = target.findIndex((part) => part !== '..');
    const up = down < 0 ? target.length : down;
    // The link itself and its top folder are not among the folders that may be left.
    if (up > parts.length - 2 || target.slice(up).includes('..')) throw leavesFolder();
  };

  const checkHard = ([top]: readonly string[], target: readonly string[]) => {
    if (target.length < 2 || target[0] !== top || target.includes('..')) throw leavesFolder();
    if (prefixes(target).some((key) => links.get(key) === 'symlink')) throw throughLink();
  };

  return {
    /** Checks the name of an entry of any type. */
    entry(name: string): void {
      if (links.size > 0 && prefixes(partsOf(name)).some((key) => links.has(key))) throw throughLink();
    },

    /** Checks a link, whose name `entry` has checked. */
    link({ type, name, target }: ArchiveLink): void {
      const parts = partsOf(name);
      if (links.size === most) throw unprocessable(`the archive has more than ${most} links`);
      // Programs read a backslash in different ways.
      if (target === '' || target.length > MAX_TARGET || `${name}${target}`.includes('\\')) throw leavesFolder();
      if (/[\u0000-\u001f\u007f]|^\/|^[A-Za-z]:/.test(target)) throw leavesFolder();
      if (type === 'symlink') checkSymbolic(parts, partsOf(target));
      else checkHard(parts, partsOf(target));
      if (foldersOfLinks.has(keyOf(parts))) throw throughLink();
      for (const folder of prefixes(parts.slice(0, -1))) foldersOfLinks.add(folder);
      links.set(keyOf(parts), type);
    },
  };
}

const MAX_TARGET = 1024;

const partsOf = (path: string) => path.split(/[/\\]/).filter((part) => part !== '' && part !== '.');

/** The keys of the folders on the way to a name, then its own. They share the memory of the last. */
function prefixes(parts: readonly string[]): string[] {
  const key = keyOf(parts);
  return [...key.matchAll(/\/|$/g)].map(({ index }) => key.slice(0, index));
}

/** Names that differ in case, or in the form of their accents, are one file on some systems. */
const keyOf = (parts: readonly string[]) => parts.join('/').toUpperCase().normalize('NFC');

const leavesFolder = () => unprocessable('the archive holds a link that leads out of its folder');
const throughLink = () => unprocessable('the archive holds a name that leads through a link');
