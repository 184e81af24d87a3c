/** 3 GiB, the default of GitLab. */
export const MAX_BYTES = 3 * 1024 ** 3;

export const METADATA = 'maven-metadata.xml';

/** The digests that clients upload and download next to each file, with their lengths in hex. */
const DIGEST_LENGTHS = { md5: 32, sha1: 40, sha256: 64, sha512: 128 } as const;
export type Digest = keyof typeof DIGEST_LENGTHS;

/** A file of a version, or a digest of it. */
export interface FileAddress {
  kind: 'file';
  /** The name of the package, as in GitLab: `com/example/app`. */
  name: string;
  version: string;
  file: string;
  digest: Digest | null;
}

/** The metadata of a folder: the versions of an artifact, the plug-ins of a group, or both; or a digest of it. */
export interface FolderAddress {
  kind: 'folder';
  name: string;
  digest: Digest | null;
}

/** The metadata of a snapshot: its builds; or a digest of it. */
export interface SnapshotAddress {
  kind: 'snapshot';
  name: string;
  version: string;
  digest: Digest | null;
}

const MAX_LENGTH = 255;

/**
 * Parses an address of a Maven repository. https://maven.apache.org/repository/layout.html
 * @returns null for any other path: nothing can be stored there.
 */
export function parseAddress(path: string): FileAddress | FolderAddress | SnapshotAddress | null {
  const folders = path.split('/');
  const { file, digest } = withoutDigest(folders.pop() ?? '');
  if (file === METADATA && !isSnapshot(folders.at(-1) ?? '')) {
    const name = folders.join('/');
    return isName(name) ? { kind: 'folder', name, digest } : null;
  }
  const version = folders.pop() ?? '';
  const name = folders.join('/');
  if (folders.length < 2 || !isName(name) || !isPart(version, /^[\w.+-]+$/) || version.includes('..')) return null;
  if (file === METADATA) return { kind: 'snapshot', name, version, digest };
  // A signature of the client's metadata would not match the metadata that is served.
  if (!isPart(file, /^[\w.+-]+$/) || file.startsWith(`${METADATA}.`)) return null;
  return { kind: 'file', name, version, file, digest };
}

const isName = (name: string) =>
  name.length <= MAX_LENGTH && name.split('/').every((part) => isPart(part, /^[\w.-]+$/));

const isPart = (text: string, letters: RegExp) =>
  text.length <= MAX_LENGTH && letters.test(text) && !/^\.+$/.test(text);

function withoutDigest(file: string): { file: string; digest: Digest | null } {
  const dot = file.lastIndexOf('.');
  const ending = file.slice(dot + 1);
  return Object.hasOwn(DIGEST_LENGTHS, ending)
    ? { file: file.slice(0, dot), digest: ending as Digest }
    : { file, digest: null };
}

/** The digest in a checksum file: hex, which a file name may follow. Null: it is no digest of this kind. */
export function parseDigest(text: string, digest: Digest): string | null {
  const [hex = ''] = text.trim().split(/\s/, 1);
  return hex.length === DIGEST_LENGTHS[digest] && /^[0-9a-f]+$/i.test(hex) ? hex.toLowerCase() : null;
}

/** The coordinates of `com/example/app`. */
export function coordinatesOf(name: string): { groupId: string; artifactId: string } {
  const slash = name.lastIndexOf('/');
  return { groupId: name.slice(0, Math.max(slash, 0)).replaceAll('/', '.'), artifactId: name.slice(slash + 1) };
}

/** A version that is built repeatedly under one name: `1.0-SNAPSHOT`, and `SNAPSHOT` alone. */
export const isSnapshot = (version: string) => /(^|-)SNAPSHOT$/.test(version);
