import type { PackageContents } from '../../domain/packages/contents.ts';
import type { Texts } from '../../domain/packages/package-behaviour.ts';
import { coordinatesOf } from './format.ts';
import { folderMetadata, snapshotMetadata } from './metadata.ts';
import { pluginsIn } from './plugins.ts';
import { buildsOf } from './snapshots.ts';

/** The metadata of a folder; none of a folder without versions and plugins. */
export function folderTexts(packages: readonly PackageContents[]): Texts {
  const [first] = packages;
  const versions = packages.flatMap((each) => each.versions);
  const plugins = pluginsIn(packages.map((each) => each.properties));
  if (!first || versions.length + plugins.length === 0) return {};
  return { folder: folderMetadata(first.package.name, { versions, plugins }) };
}

/** The metadata of a snapshot; none without a numbered build: clients then ask for the version by its plain name. */
export function snapshotTexts({ package: { name }, files }: PackageContents, version: string): Texts {
  const names = files.map((file) => file.name);
  const builds = buildsOf(coordinatesOf(name).artifactId, version, names);
  return builds ? { snapshot: snapshotMetadata(name, version, builds) } : {};
}
