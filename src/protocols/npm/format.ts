import parse from 'semver/functions/parse';
import validRange from 'semver/ranges/valid';
import type { StoredFile } from '../../domain/packages/upload.ts';
import { invalidParameter, ruleBroken } from '../../lib/errors.ts';

/** 500 MiB: GitLab's default. */
export const MAX_BYTES = 500 * 1024 ** 2;

/** A package.json as we keep it: what a publisher said, checked where we rely on it. */
export type Manifest = Record<string, unknown> & { name: string; version: string; dist: Dist };

export interface Dist {
  shasum: string;
  integrity: string;
  [field: string]: unknown;
}

/** @throws PosternError `Name is invalid`. Upper case is taken, as by GitLab: old packages have it. */
export function parseName(text: string): string {
  const parts = /^(?:@([A-Za-z0-9_.-]+)\/)?([-+._a-zA-Z0-9]+)$/.exec(text);
  const bad = (part: string | undefined) => part !== undefined && /^(\.+|-)$/.test(part);
  if (!parts || text.length > 214 || bad(parts[1]) || bad(parts[2]))
    throw invalidParameter('Validation failed: Name is invalid', 'See https://docs.npmjs.com/package-name-guidelines.');
  return text;
}

/** @throws PosternError unless it is a version of SemVer 2, without a `v` before it. */
export function parseVersion(text: string): string {
  const version = parse(text);
  if (!version || !text.startsWith(version.version) || /\s/.test(text))
    throw invalidParameter('Validation failed: Version is invalid');
  return text;
}

/** @throws PosternError for a tag that could be taken for a version or a range of them, as npm has it. */
export function parseTag(text: string): string {
  // No range begins with a letter but v and x: most tags need not be taken apart.
  if (!/^[A-Za-z0-9._-]{1,255}$/.test(text) || (/^[^a-uwyzA-WYZ]/.test(text) && validRange(text) !== null))
    throw invalidParameter('Validation failed: Tag is invalid', 'A tag must not look like a version or a range.');
  return text;
}

/** `@s/p-1.0.0.tgz`: the name of a version's file, as GitLab has it. */
export const fileName = (name: string, version: string) => `${name}-${version}.tgz`;

/**
 * The version in the name of a tarball, with the scope before it or without. Null: it is no tarball of this package.
 */
export function versionOfFile(name: string, file: string): string | null {
  const plain = name.slice(name.indexOf('/') + 1);
  const prefix = [`${name}-`, `${plain}-`].find((start) => file.startsWith(start));
  return prefix !== undefined && file.endsWith('.tgz') ? file.slice(prefix.length, -'.tgz'.length) : null;
}

/** A file that came within a publication. */
export interface Attachment {
  name: string;
  stored: StoredFile;
  /** The whole of it, where it is small. */
  bytes: Uint8Array<ArrayBuffer> | null;
}

/** What `npm publish` sends, checked. */
export interface NpmPublication {
  version: string;
  tag: string;
  manifest: Manifest;
  readme: string;
  tarball: Attachment;
}

/**
 * Bytes of what is kept of one package.json: every reader of the package fetches those of all versions. GitLab takes
 * 20,000 letters.
 */
export const MAX_MANIFEST = 256 * 1024;
/** npm's own registry cuts it there. */
export const MAX_README = 64 * 1024;

/**
 * Takes a publication apart. What it says of its own file is compared with the file.
 * @throws PosternError with GitLab's words where it has some.
 */
export function parsePublication(
  name: string,
  document: Record<string, unknown>,
  attachments: readonly Attachment[],
): NpmPublication {
  const [version, sent] = Object.entries(record(document['versions']))[0] ?? [];
  if (version === undefined || version === '') throw ruleBroken('Version is empty.');
  parseVersion(version);
  const manifest = record(sent);
  if (document['name'] !== name || manifest['name'] !== name || manifest['version'] !== version)
    throw ruleBroken('The name and version in the address and in package.json must be the same.');
  const [tarball] = attachments.filter((file) => file.name === fileName(name, version));
  if (!tarball || tarball.stored.size === 0) throw ruleBroken('Attachment data is empty.');
  const described = record(record(document['_attachments'])[tarball.name]);
  if (typeof described['length'] === 'number' && described['length'] !== tarball.stored.size)
    throw ruleBroken('The attachment is not as long as it says.');
  const tag = parseTag(Object.keys(record(document['dist-tags']))[0] ?? 'latest');
  const readme = typeof manifest['readme'] === 'string' ? manifest['readme'].slice(0, MAX_README) : '';
  return { version, tag, readme, tarball, manifest: toManifest(manifest, tarball.stored) };
}

/** What is kept of a package.json: the readme once per package, and nothing of the registry that it was sent to. */
function toManifest(sent: Record<string, unknown>, file: StoredFile): Manifest {
  const { readme, readmeFilename, licenseText, _attachments, dist, ...kept } = sent;
  const scripts = Object.keys(record(kept['scripts']));
  const manifest = {
    ...kept,
    ...(scripts.some((name) => ['preinstall', 'install', 'postinstall'].includes(name))
      ? { hasInstallScript: true }
      : {}),
    dist: toDist(record(dist), file),
  } as Manifest;
  const size = Buffer.byteLength(JSON.stringify(manifest));
  if (size > MAX_MANIFEST)
    throw ruleBroken(
      `Validation failed: Package json structure is too large: ${size} bytes without its readme, of ${MAX_MANIFEST} at most.`,
    );
  return manifest;
}

function toDist({ tarball, ...sent }: Record<string, unknown>, file: StoredFile): Dist {
  const shasum = file.sha1 ?? '';
  const integrity = `sha512-${Buffer.from(file.sha512 ?? '', 'hex').toString('base64')}`;
  if (typeof sent['shasum'] === 'string' && sent['shasum'].toLowerCase() !== shasum)
    throw ruleBroken('The attachment has another SHA-1 than dist.shasum says.');
  const said = typeof sent['integrity'] === 'string' ? sent['integrity'].split(/\s+/) : [];
  if (said.some((hash) => hash.startsWith('sha512-') && hash !== integrity))
    throw ruleBroken('The attachment has another SHA-512 than dist.integrity says.');
  return { ...sent, shasum, integrity };
}

/** An object of any keys, or an empty one for whatever is none. */
export function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
