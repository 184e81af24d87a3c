import { isSnapshot } from './format.ts';

/** One build of a snapshot. */
export interface Build {
  /** By the clock of the machine that built it: `20250101.101010`. */
  timestamp: string;
  number: number;
}

/** The builds of a snapshot: for each kind of file the newest build that has one. */
export interface SnapshotBuilds {
  newest: Build;
  files: { classifier: string; extension: string; build: Build }[];
}

/**
 * Finds the builds of a snapshot by the names of its files: `app-1.0-20250101.101010-3-sources.jar`. Uploaded metadata
 * is not used: that of two concurrent builds contradicts itself.
 * @returns null when no file is of a numbered build; clients then request `app-1.0-SNAPSHOT.jar`.
 */
export function buildsOf(artifactId: string, version: string, files: readonly string[]): SnapshotBuilds | null {
  const prefix = `${artifactId}-${version.replace(/SNAPSHOT$/, '')}`;
  const newest = new Map<string, SnapshotBuilds['files'][number]>();
  for (const file of isSnapshot(version) ? files : []) {
    const match = file.startsWith(prefix) ? /^(\d{8}\.\d{6})-(\d{1,9})([-.].+)$/.exec(file.slice(prefix.length)) : null;
    const [, timestamp, number, rest] = match ?? [];
    if (timestamp === undefined || rest === undefined) continue;
    const build = { timestamp, number: Number(number) };
    for (const kind of kindsOf(rest)) {
      const key = `${kind.classifier}:${kind.extension}`;
      const before = newest.get(key);
      if (!before || compareBuilds(before.build, build) < 0) newest.set(key, { ...kind, build });
    }
  }
  const kinds = [...newest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kind]) => kind);
  const [last] = kinds.map(({ build }) => build).sort((a, b) => compareBuilds(b, a));
  return last ? { newest: last, files: kinds } : null;
}

/** By number first: clients increment it, while the clocks of machines differ. */
const compareBuilds = (a: Build, b: Build) =>
  a.number - b.number || (a.timestamp < b.timestamp ? -1 : Number(a.timestamp > b.timestamp));

/**
 * The readings of `-bin.tar.gz`: classifier `bin` of a `tar.gz`, or `bin.tar` of a `gz`. Both are listed: a client
 * requests the one that it knows.
 */
function kindsOf(rest: string): { classifier: string; extension: string }[] {
  if (rest.startsWith('.')) return [{ classifier: '', extension: rest.slice(1) }];
  const parts = rest.slice(1).split('.');
  // Bounds the number of readings.
  const from = Math.max(1, parts.length - 4);
  return parts.flatMap((_, at) =>
    at < from ? [] : [{ classifier: parts.slice(0, at).join('.'), extension: parts.slice(at).join('.') }],
  );
}
