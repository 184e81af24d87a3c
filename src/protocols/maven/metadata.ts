import { XMLBuilder } from 'fast-xml-parser';
import { defined } from '../../lib/defined.ts';
import { coordinatesOf, isSnapshot } from './format.ts';
import type { Plugin } from './plugins.ts';
import type { Build, SnapshotBuilds } from './snapshots.ts';
import { sortVersions } from './version-order.ts';

export interface FolderContents {
  /** Of the artifact, in any order; a version of several projects is listed once. */
  versions: readonly { version: string; createdAt: number }[];
  plugins: readonly Plugin[];
}

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', format: true });
const write = (document: Record<string, unknown>): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ metadata: document })}`;

/**
 * The metadata of a folder: the versions of an artifact, the plug-ins of a group, or both when one has the name of the
 * other. It changes only when one is added or removed: clients fetch its checksum after it.
 * https://maven.apache.org/ref/3.9.9/maven-repository-metadata/repository-metadata.html
 */
export function folderMetadata(name: string, { versions, plugins }: FolderContents): string {
  if (versions.length === 0) return write({ plugins: { plugin: plugins } });
  const sorted = sortVersions([...new Set(versions.map(({ version }) => version))]);
  const release = sorted.findLast((version) => !isSnapshot(version));
  return write({
    ...coordinatesOf(name),
    ...defined({ plugins: plugins.length > 0 ? { plugin: plugins } : undefined }),
    versioning: {
      latest: sorted.at(-1),
      ...defined({ release }),
      versions: { version: sorted },
      lastUpdated: stampOf(versions.reduce((last, { createdAt }) => Math.max(last, createdAt), 0)),
    },
  });
}

/** The metadata of a snapshot: for each kind of file the build that clients fetch. */
export function snapshotMetadata(name: string, version: string, { newest, files }: SnapshotBuilds): string {
  const base = version.replace(/SNAPSHOT$/, '');
  return write({
    '@modelVersion': '1.1.0',
    ...coordinatesOf(name),
    version,
    versioning: {
      snapshot: { timestamp: newest.timestamp, buildNumber: newest.number },
      lastUpdated: updatedOf(newest),
      snapshotVersions: {
        snapshotVersion: files.map(({ classifier, extension, build }) => ({
          ...defined({ classifier: classifier || undefined }),
          extension,
          value: `${base}${build.timestamp}-${build.number}`,
          updated: updatedOf(build),
        })),
      },
    },
  });
}

const updatedOf = ({ timestamp }: Build) => timestamp.replace('.', '');

/** `20250101101010`, in UTC. */
const stampOf = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace(/\D/g, '');
