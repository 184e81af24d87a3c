import type { PackageContents } from '../../domain/packages/contents.ts';
import type { DocumentMaker } from '../../domain/packages/documents.ts';
import { notFound } from '../../lib/errors.ts';
import { coordinatesOf } from './format.ts';
import { folderMetadata, snapshotMetadata } from './metadata.ts';
import { pluginsIn } from './plugins.ts';
import { buildsOf } from './snapshots.ts';

/** Nothing in these documents is an address of ours. */
const BASE = '';

export const FOLDER_MAKER: DocumentMaker = { base: BASE, make: (packages) => ({ folder: folderText(packages) }) };

/** @throws PosternError `not_found` of a package that has nothing to tell of. */
function folderText(packages: readonly PackageContents[]): string {
  const [first] = packages;
  const versions = packages.flatMap((each) => each.versions);
  const plugins = pluginsIn(packages.map((each) => each.properties));
  if (!first || versions.length + plugins.length === 0) throw notFound('package');
  return folderMetadata(first.package.name, { versions, plugins });
}

/**
 * @throws PosternError `not_found` when there is no numbered build: clients then ask for the version by its plain name.
 */
export const snapshotMaker = (version: string): DocumentMaker => ({
  base: BASE,
  part: version,
  files: { ofVersion: version },
  make([
    {
      package: { name },
      files,
    },
  ]) {
    const builds = buildsOf(
      coordinatesOf(name).artifactId,
      version,
      files.map((file) => file.name),
    );
    if (!builds) throw notFound('package file');
    return { [`snapshot:${version}`]: snapshotMetadata(name, version, builds) };
  },
});
