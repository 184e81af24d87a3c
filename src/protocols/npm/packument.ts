import { parse, type SemVer } from 'semver';
import type { PackageContents } from '../../domain/packages/contents.ts';
import { TAG } from '../../domain/packages/tags.ts';
import { fileName, type Manifest } from './format.ts';

export type PackumentKind = 'full' | 'abbreviated';

export const README = 'readme';

/** What installs read of a version. https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md */
const ABBREVIATED = [
  ...['name', 'version', 'deprecated', 'dependencies', 'optionalDependencies', 'devDependencies', 'bundleDependencies'],
  ...['bundledDependencies', 'peerDependencies', 'peerDependenciesMeta', 'acceptDependencies', 'bin', 'directories'],
  ...['dist', 'engines', 'os', 'cpu', 'libc', '_hasShrinkwrap', 'hasInstallScript', 'funding'],
];
/** What the full document says of the package as a whole: as the newest version has it. */
const DESCRIBING = 'description author license repository keywords homepage bugs maintainers'.split(' ');

interface Published {
  version: string;
  createdAt: number;
  /** Made when it is asked for: all of them at once are more than a server should hold. */
  manifest(): Manifest;
}

/** What a client says back when it changes a package: which state of it it has seen. */
export const revOf = ({ id, revision }: { id: number; revision: number }): string => `${revision}-${id}`;

/**
 * The two documents that clients read of a package, in parts. Of several packages with one name, below a group, the version that
 * was published last counts; a tag is taken from the package that was changed last.
 * @param packages the one that was changed last first.
 * @param base the public URL; tarballs are always fetched from the project, as with GitLab.
 */
export function packuments(
  base: string,
  packages: readonly PackageContents[],
): Record<PackumentKind, Iterable<string>> {
  const [newest] = packages;
  if (!newest) throw new Error('a packument of no package');
  const { name } = newest.package;
  const published = newestOfEach(packages.map((contents) => publishedIn(base, contents)));
  const tags = tagsOf(packages, published);
  const latest = published.find(({ version }) => version === tags['latest'])?.manifest();
  const modified = new Date(newest.package.updated_at).toISOString();
  const full = {
    ...{ _id: name, _rev: revOf(newest.package), name },
    'dist-tags': tags,
    ...pick(latest ?? {}, DESCRIBING),
    readme: newest.properties.get(README) ?? '',
  };
  return {
    full: objectInParts(full, {
      versions: manifests(published, (manifest) => manifest),
      time: times(packages, published, modified),
    }),
    abbreviated: objectInParts(
      { name, 'dist-tags': tags, modified },
      { versions: manifests(published, (manifest) => pick(manifest, ABBREVIATED)) },
    ),
  };
}

/** The dist-tags of a package: those that were set and point to something, and always a `latest`. */
export function tagsOf(
  packages: readonly PackageContents[],
  published: readonly { version: string }[],
): Record<string, string> {
  const versions = new Set(published.map(({ version }) => version));
  const set = packages
    .toReversed()
    .flatMap(({ properties }) => [...properties])
    .filter(([name, version]) => name.startsWith(TAG) && versions.has(version))
    .map(([name, version]) => [name.slice(TAG.length), version] as const);
  const highest = set.some(([tag]) => tag === 'latest') ? undefined : highestOf(versions);
  return Object.fromEntries([...(highest === undefined ? [] : [['latest', highest] as const]), ...set]);
}

/** The highest version, of those that are no pre-releases when there is one. */
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

function publishedIn(base: string, { package: found, versions }: PackageContents): Published[] {
  const folder = `${base}/api/v4/projects/${found.project_id}/packages/npm/${found.name}/-`;
  return versions.map((each) => {
    const { version, createdAt } = each;
    const manifest = () => {
      const kept = each.metadata as Manifest;
      const tarball = `${folder}/${fileName(found.name, version)}`;
      return { ...kept, _id: `${found.name}@${version}`, dist: { ...kept.dist, tarball } };
    };
    return { version, createdAt, manifest };
  });
}

function newestOfEach(packages: readonly Published[][]): Published[] {
  const [first = [], ...others] = packages;
  if (others.length === 0) return first;
  const kept = new Map<string, Published>();
  for (const each of packages.flat().sort((a, b) => a.createdAt - b.createdAt)) {
    kept.delete(each.version);
    kept.set(each.version, each);
  }
  return [...kept.values()];
}

type Entries = Iterable<readonly [string, unknown]>;

/** A JSON object in parts: fields that are there, and others whose entries come one by one. */
function* objectInParts(fields: Record<string, unknown>, others: Record<string, Entries>): Generator<string> {
  yield JSON.stringify(fields).slice(0, -1);
  for (const [name, entries] of Object.entries(others)) {
    yield `,${JSON.stringify(name)}:{`;
    let separator = '';
    for (const [key, value] of entries) {
      yield `${separator}${JSON.stringify(key)}:${JSON.stringify(value)}`;
      separator = ',';
    }
    yield '}';
  }
  yield '}';
}

function* manifests(
  published: readonly Published[],
  show: (manifest: Manifest) => unknown,
): Generator<[string, unknown]> {
  for (const { version, manifest } of published) yield [version, show(manifest())];
}

function* times(
  packages: readonly PackageContents[],
  published: readonly Published[],
  modified: string,
): Generator<[string, string]> {
  const created = Math.min(...packages.map(({ package: { created_at } }) => created_at));
  yield ['created', new Date(created).toISOString()];
  yield ['modified', modified];
  for (const { version, createdAt } of published) yield [version, new Date(createdAt).toISOString()];
}

function pick(from: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(from, name)).map((name) => [name, from[name]]));
}
