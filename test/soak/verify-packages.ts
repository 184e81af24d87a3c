import { createHash } from 'node:crypto';
import { sha256 } from '../support/registry.ts';
import type { Acknowledged } from './ledger.ts';
import { AUTH } from './package-writers.ts';

type Of<K extends Acknowledged['kind']> = Acknowledged & { kind: K };

async function bytesAt(url: string, accept = '*/*'): Promise<Uint8Array | null> {
  const answer = await fetch(url, { headers: { ...AUTH, Accept: accept } });
  const bytes = await answer.bytes();
  return answer.ok ? bytes : null;
}

const arrives = async (url: string, digest: string): Promise<boolean> => {
  const bytes = await bytesAt(url);
  return bytes !== null && sha256(bytes) === digest;
};

export const fileIsThere = ({ url, digest }: Of<'file'>): Promise<boolean> => arrives(url, digest);

/**
 * Looks a version up in what `npm install` reads, fetches it from where that says, and compares what came with what was
 * sent.
 */
export async function versionIsThere({ url, version, integrity }: Of<'npm'>): Promise<boolean> {
  const dist = (await packument(url))[version]?.dist;
  return dist?.integrity === integrity && installs(dist);
}

interface Dist {
  integrity: string;
  tarball: string;
}

async function packument(url: string): Promise<Record<string, { dist: Dist }>> {
  const bytes = await bytesAt(url);
  if (!bytes) return {};
  return (JSON.parse(new TextDecoder().decode(bytes)) as { versions: Record<string, { dist: Dist }> }).versions;
}

async function installs({ integrity, tarball }: Dist): Promise<boolean> {
  const bytes = await bytesAt(tarball);
  return bytes !== null && `sha512-${createHash('sha512').update(bytes).digest('base64')}` === integrity;
}

interface Distribution {
  filename: string;
  url: string;
  hashes: { sha256: string };
  'core-metadata': { sha256: string } | false;
}

async function simpleIndex(url: string): Promise<Distribution[]> {
  const bytes = await bytesAt(url, 'application/vnd.pypi.simple.v1+json');
  return bytes ? (JSON.parse(new TextDecoder().decode(bytes)) as { files: Distribution[] }).files : [];
}

/**
 * The files that pip fetches: the metadata first, then the wheel, each compared with the digest that the index gives.
 */
async function pipInstalls({ url, hashes, ...rest }: Distribution): Promise<boolean> {
  const core = rest['core-metadata'];
  if (core === false || !(await arrives(`${url}.metadata`, `sha256:${core.sha256}`))) return false;
  return arrives(url, `sha256:${hashes.sha256}`);
}

export async function distributionIsThere({ index, file, digest }: Of<'pypi'>): Promise<boolean> {
  const found = (await simpleIndex(index)).find(({ filename }) => filename === file);
  return found !== undefined && `sha256:${found.hashes.sha256}` === digest && pipInstalls(found);
}

/** The file that pip fetches for a source distribution, which has no metadata in the index. */
const pipBuilds = ({ url, hashes, ...rest }: Distribution): Promise<boolean> =>
  rest['core-metadata'] === false ? arrives(url, `sha256:${hashes.sha256}`) : Promise.resolve(false);

export async function sdistIsThere({ index, file, digest }: Of<'sdist'>): Promise<boolean> {
  const found = (await simpleIndex(index)).find(({ filename }) => filename === file);
  return found !== undefined && `sha256:${found.hashes.sha256}` === digest && pipBuilds(found);
}

async function mavenVersions(folder: string): Promise<string[]> {
  const bytes = await bytesAt(`${folder}/maven-metadata.xml`);
  const text = bytes ? new TextDecoder().decode(bytes) : '';
  return [...text.matchAll(/<version>([^<]+)<\/version>/g)].map(([, version = '']) => version);
}

/** A file of a version, and the digest that Maven compares it with. */
async function mavenResolves(folder: string, version: string, file: string): Promise<string | null> {
  const url = `${folder}/${version}/${file}`;
  const [bytes, said] = await Promise.all([bytesAt(url), bytesAt(`${url}.sha1`)]);
  if (!bytes || !said) return null;
  return createHash('sha1').update(bytes).digest('hex') === new TextDecoder().decode(said) ? sha256(bytes) : null;
}

export async function artifactIsThere({ folder, version, file, digest }: Of<'maven'>): Promise<boolean> {
  const listed = (await mavenVersions(folder)).includes(version);
  return listed && (await mavenResolves(folder, version, file)) === digest;
}

interface SnapshotBuilds {
  /** Of the newest. */
  number: number;
  /** The newest of each kind. */
  files: string[];
}

/** The snapshot metadata that Maven reads to find the builds. */
async function snapshotBuilds(folder: string, version: string): Promise<SnapshotBuilds> {
  const bytes = await bytesAt(`${folder}/${version}/maven-metadata.xml`);
  const text = bytes ? new TextDecoder().decode(bytes) : '';
  const artifact = folder.slice(folder.lastIndexOf('/') + 1);
  const kinds = text.matchAll(/<snapshotVersion>.*?<extension>(\w+)<.*?<value>([\w.-]+)<.*?<\/snapshotVersion>/gs);
  return {
    number: Number(/<buildNumber>(\d+)</.exec(text)?.[1] ?? 0),
    files: Array.from(kinds, ([, extension, value]) => `${artifact}-${value}.${extension}`),
  };
}

/** The build exists, and the newest listed build is no older. */
export async function snapshotIsThere({ folder, version, file, number, digest }: Of<'snapshot'>): Promise<boolean> {
  const builds = await snapshotBuilds(folder, version);
  const listed = (await mavenVersions(folder)).includes(version) && builds.number >= number;
  return listed && (await mavenResolves(folder, version, file)) === digest;
}

/**
 * Every version that an index lists installs, acknowledged or not; of Maven's its first file is there, which is what
 * makes a version.
 * @param writes the acknowledged writes: they name the packages.
 * @returns those that do not.
 */
export async function findHalfVersions(writes: readonly Acknowledged[]): Promise<string[]> {
  const halves: string[] = [];
  const note = async (what: string, whole: Promise<boolean>) => {
    if (!(await whole)) halves.push(`${what} is listed and does not install`);
  };
  const each = (of: (write: Acknowledged) => string[]) => new Set(writes.flatMap(of));
  for (const url of each((write) => (write.kind === 'npm' ? [write.url] : [])))
    for (const [version, { dist }] of Object.entries(await packument(url)))
      await note(`${version} of ${url}`, installs(dist));
  for (const index of each((write) => (write.kind === 'pypi' ? [write.index] : [])))
    for (const found of await simpleIndex(index)) await note(`${found.filename} of ${index}`, pipInstalls(found));
  for (const index of each((write) => (write.kind === 'sdist' ? [write.index] : [])))
    for (const found of await simpleIndex(index)) await note(`${found.filename} of ${index}`, pipBuilds(found));
  for (const folder of each((write) => (write.kind === 'maven' ? [write.folder] : [])))
    for (const version of await mavenVersions(folder)) {
      const jar = mavenResolves(folder, version, `${folder.slice(folder.lastIndexOf('/') + 1)}-${version}.jar`);
      await note(
        `${version} of ${folder}`,
        jar.then((digest) => digest !== null),
      );
    }
  for (const address of each((write) => (write.kind === 'snapshot' ? [`${write.folder} ${write.version}`] : []))) {
    const [folder = '', version = ''] = address.split(' ');
    const { files } = await snapshotBuilds(folder, version);
    if (files.length === 0) halves.push(`${address} has no builds`);
    for (const file of files) {
      const there = mavenResolves(folder, version, file).then((digest) => digest !== null);
      await note(`${file} of ${address}`, there);
    }
  }
  return halves;
}
