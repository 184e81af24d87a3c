import parse from 'semver/functions/parse';
import validRange from 'semver/ranges/valid';
import type { StoredFile } from '../../domain/packages/upload.ts';
import { invalidParameter, ruleBroken } from '../../lib/errors.ts';
import { record } from '../../lib/record.ts';

/** 500 MiB, the default of GitLab. */
export const MAX_BYTES = 500 * 1024 ** 2;

/** A package.json as it is stored. The fields that the server relies on are checked. */
export type Manifest = Record<string, unknown> & { name: string; version: string; dist: Dist };

export interface Dist {
  shasum: string;
  integrity: string;
  [field: string]: unknown;
}

/** @throws PosternError `Name is invalid`. Upper case is accepted, as in GitLab: old packages have it. */
export function parseName(text: string): string {
  const parts = /^(?:@([A-Za-z0-9_.-]+)\/)?([-+._a-zA-Z0-9]+)$/.exec(text);
  const bad = (part: string | undefined) => part !== undefined && /^(\.+|-)$/.test(part);
  if (!parts || text.length > 214 || bad(parts[1]) || bad(parts[2]))
    throw invalidParameter('Validation failed: Name is invalid', 'See https://docs.npmjs.com/package-name-guidelines.');
  return text;
}

/** @throws PosternError unless it is a SemVer 2 version, without a leading `v`. */
export function parseVersion(text: string): string {
  const version = parse(text);
  if (!version || !text.startsWith(version.version) || /\s/.test(text))
    throw invalidParameter('Validation failed: Version is invalid');
  return text;
}

/**
 * The version by which the registry distinguishes versions: build metadata is ignored. Clients look for it without.
 * https://semver.org/#spec-item-10
 */
export const withoutBuild = (version: string): string => version.split('+', 1)[0] ?? '';

/**
 * The published version that a client means: exactly this one, else the one without build metadata. Older releases of
 * this program kept build metadata.
 */
export const publishedAs = (versions: readonly { version: string }[], wanted: string): string =>
  versions.some(({ version }) => version === wanted) ? wanted : withoutBuild(wanted);

/**
 * Accepts the characters that npm does: those which `encodeURIComponent` leaves as they are.
 * @throws PosternError for any other, and for a tag that npm could read as a version or a range.
 */
export function parseTag(text: string): string {
  // A range that starts with a letter starts with v or x: most tags need no parsing.
  if (!/^[A-Za-z0-9._~!*'()-]{1,255}$/.test(text) || (/^[^a-uwyzA-WYZ]/.test(text) && validRange(text) !== null))
    throw invalidParameter('Validation failed: Tag is invalid', 'A tag must not look like a version or a range.');
  return text;
}

/** The file name of a version, as in GitLab: `@s/p-1.0.0.tgz`. */
export const fileName = (name: string, version: string) => `${name}-${version}.tgz`;

/** The version in the name of a tarball, with or without the scope. Null: it is no tarball of this package. */
export function versionOfFile(name: string, file: string): string | null {
  const plain = name.slice(name.indexOf('/') + 1);
  const prefix = [`${name}-`, `${plain}-`].find((start) => file.startsWith(start));
  return prefix !== undefined && file.endsWith('.tgz') ? file.slice(prefix.length, -'.tgz'.length) : null;
}

/** A file in the body of a publication. */
export interface Attachment {
  name: string;
  stored: StoredFile;
  /** The contents of a small file; null for a large one. */
  bytes: Uint8Array<ArrayBuffer> | null;
}

/** A publication, checked. */
export interface NpmPublication {
  version: string;
  tag: string;
  manifest: Manifest;
  readme: string;
  tarball: Attachment;
}

/**
 * Largest stored package.json, in bytes: every packument has those of all versions. GitLab accepts 20,000 characters.
 */
export const MAX_MANIFEST = 256 * 1024;
/** Longest README; the npm registry has the same limit. */
export const MAX_README = 64 * 1024;

/**
 * Parses a publication, and compares its digests and size with the file.
 * @throws PosternError with the text of GitLab where there is one.
 */
export function parsePublication(
  name: string,
  document: Record<string, unknown>,
  attachments: readonly Attachment[],
): NpmPublication {
  const [said, sent] = Object.entries(record(document['versions']))[0] ?? [];
  if (said === undefined || said === '') throw ruleBroken('Version is empty.');
  const version = withoutBuild(parseVersion(said));
  const manifest = record(sent);
  if (document['name'] !== name || manifest['name'] !== name || manifest['version'] !== said)
    throw ruleBroken('The name and version in the URL and in package.json must be equal.');
  const tarball = onlyTarball(attachments, fileName(name, version));
  const described = record(record(document['_attachments'])[tarball.name]);
  if (typeof described['length'] === 'number' && described['length'] !== tarball.stored.size)
    throw ruleBroken('The attachment does not have the length that is declared.');
  const tag = parseTag(Object.keys(record(document['dist-tags']))[0] ?? 'latest');
  // Yarn 4 sends it in the document, and other clients in the version.
  const texts = [manifest['readme'], document['readme']].filter((text) => typeof text === 'string');
  const readme = texts.find((text) => text !== '')?.slice(0, MAX_README) ?? '';
  return { version, tag, readme, tarball, manifest: toManifest({ ...manifest, version }, tarball.stored) };
}

/** Clients name the tarball in different ways: Bun keeps the build metadata of the version. */
function onlyTarball(attachments: readonly Attachment[], expected: string): Attachment {
  const [tarball, ...others] = attachments;
  if (!tarball || others.length > 0)
    throw ruleBroken(
      `A publication has exactly one attachment that ends in .tgz; ${expected} is expected, ${attachments.length} were sent.`,
    );
  if (tarball.stored.size === 0) throw ruleBroken('Attachment data is empty.');
  return tarball;
}

/**
 * The package.json to store: without the README, which is stored once per package, and without fields of the registry
 * that it was sent to.
 */
function toManifest(sent: Record<string, unknown>, file: StoredFile): Manifest {
  const { readme, readmeFilename, licenseText, _attachments, _npmUser, dist, ...kept } = sent;
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
      `Validation failed: Package json structure is too large: ${size} bytes without its readme; at most ${MAX_MANIFEST} bytes are accepted.`,
    );
  return manifest;
}

function toDist({ tarball, attestations, ...sent }: Record<string, unknown>, file: StoredFile): Dist {
  const shasum = file.sha1 ?? '';
  const integrity = `sha512-${Buffer.from(file.sha512 ?? '', 'hex').toString('base64')}`;
  if (typeof sent['shasum'] === 'string' && sent['shasum'].toLowerCase() !== shasum)
    throw ruleBroken('The SHA-1 of the attachment differs from dist.shasum.');
  const said = typeof sent['integrity'] === 'string' ? sent['integrity'].split(/\s+/) : [];
  if (said.some((hash) => hash.startsWith('sha512-') && hash !== integrity))
    throw ruleBroken('The SHA-512 of the attachment differs from dist.integrity.');
  return { ...sent, shasum, integrity };
}
