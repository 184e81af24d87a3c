import type { SemVer } from 'semver';
import parse from 'semver/functions/parse';
import type { ContainedVersion, PackageContents } from '../../domain/packages/contents.ts';
import { record } from '../../lib/record.ts';
import { type Dist, fileName, type Manifest } from './format.ts';
import { OF, TAG, TAGGED } from './tags.ts';

export type PackumentKind = 'full' | 'abbreviated';

export const README = 'readme';

/**
 * The fields of a version that installing needs.
 * https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
 */
const ABBREVIATED = [
  'name',
  'version',
  'deprecated',
  'dependencies',
  'optionalDependencies',
  'devDependencies',
  'bundleDependencies',
  'bundledDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'acceptDependencies',
  'bin',
  'directories',
  'dist',
  'engines',
  'os',
  'cpu',
  'libc',
  '_hasShrinkwrap',
  'hasInstallScript',
  'funding',
];
/** Fields of the newest version that describe the whole package. */
const DESCRIBING = 'description author license repository keywords homepage bugs maintainers'.split(' ');

/** The versions of a package that are listed, where several packages have its name. */
interface Published {
  contents: PackageContents;
  versions: readonly ContainedVersion[];
}

/** The `_rev` of a package: a client that changes the package sends the one that it has read. */
export const revOf = ({ id, revision }: { id: number; revision: number }): string => `${revision}-${id}`;

/**
 * The two documents of a package, generated in parts while they are read. Below a group, where several packages have
 * one name, the last published version of each number is listed, and the last set value of each tag.
 * @param packages sorted by last change, newest first.
 * @param base the public URL; tarballs are always fetched from their project, as in GitLab.
 */
export function packuments(
  packages: readonly PackageContents[],
  base: string,
): Record<PackumentKind, AsyncIterable<string>> {
  const [newest] = packages;
  if (!newest) throw new Error('a packument of no package');
  const { name, updated_at } = newest.package;
  const published = newestOfEach(packages);
  const tags = tagsOf(packages);
  const modified = new Date(updated_at).toISOString();
  const latest = async () => {
    for await (const manifest of manifestsOf(base, published, tags['latest'])) return manifest;
    return {};
  };
  const full = async () => ({
    _id: name,
    _rev: revOf(newest.package),
    name,
    'dist-tags': tags,
    ...pick(await latest(), DESCRIBING),
    readme: readmeOf(packages, tags['latest']),
  });
  return {
    full: objectInParts(full, {
      versions: manifests(base, published, (manifest) => manifest),
      time: times(packages, published, modified),
    }),
    abbreviated: objectInParts(async () => ({ name, 'dist-tags': tags, modified }), {
      versions: manifests(base, published, (manifest) => pick(manifest, ABBREVIATED)),
    }),
  };
}

/** The README of a version; empty where none is stored. */
function readmeOf(packages: readonly PackageContents[], version: string | undefined): string {
  const having = packages.find(({ properties }) => properties.get(`${OF}${README}`) === version);
  return having?.properties.get(README) ?? '';
}

/** One version in the form of the full document; undefined when it does not exist. */
export async function manifestOf(
  base: string,
  packages: readonly PackageContents[],
  version: string,
): Promise<Manifest | undefined> {
  for await (const manifest of manifestsOf(base, newestOfEach(packages), version)) return manifest;
  return undefined;
}

/**
 * The dist-tags of a package that point to a version, and always `latest`. Where several packages have one name, the
 * last set value of each tag.
 */
export function tagsOf(packages: readonly PackageContents[]): Record<string, string> {
  const set = new Map<string, SetTag>();
  for (const each of packages.flatMap(tagsIn)) {
    const before = set.get(each.tag);
    if (!before || each.at > before.at) set.set(each.tag, each);
  }
  const all = packages.flatMap(({ versions }) => versions.map(({ version }) => version));
  const highest = set.has('latest') ? undefined : highestOf(all);
  const tags = [...set.values()].map(({ tag, version }) => [tag, version] as const);
  return Object.fromEntries([...(highest === undefined ? [] : [['latest', highest] as const]), ...tags]);
}

interface SetTag {
  tag: string;
  version: string;
  at: number;
}

function tagsIn({ properties, versions }: PackageContents): SetTag[] {
  const set = [...properties].filter(([name]) => name.startsWith(TAG));
  const pointedTo = new Set(set.map(([, version]) => version));
  const published = new Map(
    versions.filter(({ version }) => pointedTo.has(version)).map((v) => [v.version, v.createdAt]),
  );
  return set.flatMap(([name, version]) => {
    const tag = name.slice(TAG.length);
    const createdAt = published.get(version);
    if (createdAt === undefined) return [];
    return { tag, version, at: Math.max(createdAt, Number(properties.get(`${TAGGED}${tag}`) ?? 0)) };
  });
}

/** The highest version; a pre-release only where there is no other. */
function highestOf(versions: Iterable<string>): string | undefined {
  let highest: SemVer | null = null;
  for (const version of versions) {
    const next = parse(version);
    if (next && (!highest || compareStableFirst(next, highest) > 0)) highest = next;
  }
  return highest?.raw;
}

const compareStableFirst = (a: SemVer, b: SemVer) =>
  Number(b.prerelease.length > 0) - Number(a.prerelease.length > 0) || a.compare(b);

/** The package.json of each version, or of one version. */
async function* manifestsOf(base: string, published: readonly Published[], only?: string): AsyncGenerator<Manifest> {
  for (const { contents, versions } of published) {
    const { project_id, name } = contents.package;
    const registry = `${base}/api/v4/projects/${project_id}/packages/npm`;
    const wanted = only === undefined ? versions : versions.filter(({ version }) => version === only);
    for await (const [{ version }, metadata] of contents.metadata(wanted)) {
      const kept = metadata as Manifest;
      yield { ...kept, _id: `${name}@${version}`, dist: distOf(registry, name, version, kept.dist) };
    }
  }
}

/** The stored `dist` with the addresses of the tarball and of its attestations. */
function distOf(registry: string, name: string, version: string, dist: Dist): Dist {
  const tarball = `${registry}/${name}/-/${fileName(name, version)}`;
  if (dist['attestations'] === undefined) return { ...dist, tarball };
  const url = `${registry}/-/npm/v1/attestations/${name.replace('/', '%2f')}@${version}`;
  return { ...dist, tarball, attestations: { url, ...record(dist['attestations']) } };
}

function newestOfEach(packages: readonly PackageContents[]): Published[] {
  const [first, ...others] = packages;
  if (first && others.length === 0) return [{ contents: first, versions: first.versions }];
  const newest = new Map<string, ContainedVersion>();
  for (const each of packages.flatMap(({ versions }) => versions)) {
    const before = newest.get(each.version);
    if (!before || isAfter(each, before)) newest.set(each.version, each);
  }
  return packages.toReversed().map((contents) => ({
    contents,
    versions: contents.versions.filter((each) => newest.get(each.version) === each),
  }));
}

const isAfter = (a: ContainedVersion, b: ContainedVersion) => (a.createdAt - b.createdAt || a.id - b.id) > 0;

type Entries = Iterable<readonly [string, unknown]> | AsyncIterable<readonly [string, unknown]>;

/** A JSON object in parts: complete fields first, then fields whose entries are generated one by one. */
async function* objectInParts(
  fields: () => Promise<Record<string, unknown>>,
  others: Record<string, Entries>,
): AsyncGenerator<string> {
  yield JSON.stringify(await fields()).slice(0, -1);
  for (const [name, entries] of Object.entries(others)) {
    yield `,${JSON.stringify(name)}:{`;
    let separator = '';
    for await (const [key, value] of entries) {
      yield `${separator}${JSON.stringify(key)}:${JSON.stringify(value)}`;
      separator = ',';
    }
    yield '}';
  }
  yield '}';
}

async function* manifests(
  base: string,
  published: readonly Published[],
  show: (manifest: Manifest) => unknown,
): AsyncGenerator<[string, unknown]> {
  for await (const manifest of manifestsOf(base, published)) yield [manifest.version, show(manifest)];
}

function* times(
  packages: readonly PackageContents[],
  published: readonly Published[],
  modified: string,
): Generator<[string, string]> {
  const created = Math.min(...packages.map(({ package: { created_at } }) => created_at));
  yield ['created', new Date(created).toISOString()];
  yield ['modified', modified];
  for (const { versions } of published)
    for (const { version, createdAt } of versions) yield [version, new Date(createdAt).toISOString()];
}

function pick(from: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(from, name)).map((name) => [name, from[name]]));
}
