import { prerelease, rcompare } from 'semver';
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
  manifest: Manifest;
}

/**
 * The two documents that clients read of a package. Of several packages with one name, below a group, the version that was
 * published last counts; a tag is taken from the package that was changed last.
 * @param packages the one that was changed last first.
 * @param base the public URL; tarballs are always fetched from the project, as with GitLab.
 */
export function packuments(base: string, packages: readonly PackageContents[]): Record<PackumentKind, string> {
  const [newest] = packages;
  if (!newest) throw new Error('a packument of no package');
  const { name } = newest.package;
  const published = newestOfEach(packages.flatMap((contents) => publishedIn(base, contents)));
  const tags = tagsOf(packages, published);
  const latest = published.find(({ version }) => version === tags['latest'])?.manifest;
  const modified = new Date(newest.package.updated_at).toISOString();
  const full = {
    ...{ _id: name, _rev: `${newest.package.revision}-${newest.package.id}`, name },
    'dist-tags': tags,
    versions: Object.fromEntries(published.map(({ version, manifest }) => [version, manifest])),
    time: timesOf(packages, published, modified),
    ...pick(latest ?? {}, DESCRIBING),
    readme: newest.properties.get(README) ?? '',
  };
  const abbreviated = {
    name,
    'dist-tags': tags,
    versions: Object.fromEntries(published.map(({ version, manifest }) => [version, pick(manifest, ABBREVIATED)])),
    modified,
  };
  return { full: JSON.stringify(full), abbreviated: JSON.stringify(abbreviated) };
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
  const sorted = [...versions].sort(rcompare);
  const highest = sorted.find((version) => !prerelease(version)) ?? sorted[0];
  const fallback = highest === undefined ? [] : [['latest', highest] as const];
  return Object.fromEntries([...fallback, ...set]);
}

function publishedIn(base: string, { package: found, versions }: PackageContents): Published[] {
  const folder = `${base}/api/v4/projects/${found.project_id}/packages/npm/${found.name}/-`;
  return versions.map(({ version, createdAt, metadata }) => {
    const manifest = metadata as Manifest;
    const tarball = `${folder}/${fileName(found.name, version)}`;
    return {
      ...{ version, createdAt },
      manifest: { ...manifest, _id: `${found.name}@${version}`, dist: { ...manifest.dist, tarball } },
    };
  });
}

function newestOfEach(all: readonly Published[]): Published[] {
  const kept = new Map<string, Published>();
  for (const each of [...all].sort((a, b) => a.createdAt - b.createdAt)) {
    kept.delete(each.version);
    kept.set(each.version, each);
  }
  return [...kept.values()];
}

function timesOf(packages: readonly PackageContents[], published: readonly Published[], modified: string) {
  const created = Math.min(...packages.map(({ package: { created_at } }) => created_at));
  return Object.fromEntries([
    ['created', new Date(created).toISOString()],
    ['modified', modified],
    ...published.map(({ version, createdAt }) => [version, new Date(createdAt).toISOString()] as const),
  ]);
}

function pick(from: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(from, name)).map((name) => [name, from[name]]));
}
