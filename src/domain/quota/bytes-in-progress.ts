import { idsOf } from '../../lib/lineage.ts';
import { createTally } from '../../lib/tally.ts';
import type { Db } from '../../store/db/database.ts';
import type { ProjectRow } from '../../store/tables/projects.ts';
import type { StorageLimitRow } from '../../store/tables/storage-limits.ts';

type Place = Pick<ProjectRow, 'id' | 'lineage'>;

/** Bytes on their way into a project. */
export interface Hold {
  /** Sets their number. */
  set(bytes: number): void;
  release(): void;
}

/**
 * The bytes that this process is receiving, for each project and each group above it: they count against storage limits
 * before anything refers to them. Other servers on the same database count theirs.
 */
export interface BytesInProgress {
  hold(place: Place): Hold;
  /** Those below a limit. */
  under(limit: Pick<StorageLimitRow, 'project_id' | 'namespace_id'>): number;
}

const created = new WeakMap<Db, BytesInProgress>();

/** One for each database. */
export function bytesInProgress(db: Db): BytesInProgress {
  const existing = created.get(db);
  if (existing) return existing;
  const made = create();
  created.set(db, made);
  return made;
}

function create(): BytesInProgress {
  const sums = createTally();
  return {
    hold({ id, lineage }) {
      const names = [projectName(id), ...idsOf(lineage).map(groupName)];
      let held = 0;
      const set = (bytes: number) => {
        sums.add(names, bytes - held);
        held = bytes;
      };
      return { set, release: () => set(0) };
    },
    under: ({ project_id, namespace_id }) =>
      sums.of(project_id === null ? groupName(namespace_id ?? 0) : projectName(project_id)),
  };
}

const projectName = (id: number) => `project ${id}`;
const groupName = (id: number) => `group ${id}`;
