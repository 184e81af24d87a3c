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
  /**
   * @param check releases the hold when its bytes are gone: another server, or the collector, may end an upload between
   * two requests. Left out: only the request that holds them can.
   */
  hold(place: Place, check?: () => Promise<void>): Hold;
  /** Those below a limit. */
  under(limit: Limit): number;
  /** Has the holds below a limit checked. */
  check(limit: Limit): Promise<void>;
}

type Limit = Pick<StorageLimitRow, 'project_id' | 'namespace_id'>;

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
  /** Those that have bytes and can be checked. */
  const checked = new Set<{ names: readonly string[]; check: () => Promise<void> }>();
  return {
    hold({ id, lineage }, check) {
      const names = [projectName(id), ...idsOf(lineage).map(groupName)];
      const own = check && { names, check };
      let held = 0;
      const set = (bytes: number) => {
        sums.add(names, bytes - held);
        held = bytes;
        if (own && bytes > 0) checked.add(own);
        else if (own) checked.delete(own);
      };
      return { set, release: () => set(0) };
    },
    under: (limit) => sums.of(nameOf(limit)),
    async check(limit) {
      const name = nameOf(limit);
      for (const { names, check } of [...checked]) if (names.includes(name)) await check();
    },
  };
}

const nameOf = ({ project_id, namespace_id }: Limit) =>
  project_id === null ? groupName(namespace_id ?? 0) : projectName(project_id);

const projectName = (id: number) => `project ${id}`;
const groupName = (id: number) => `group ${id}`;
