import { MINUTE, systemClock } from '../../lib/clock.ts';
import { unavailable } from '../../lib/errors.ts';
import type { GitPools } from './git-pool.ts';
import { createGitLauncher } from './git-process.ts';
import type { GitOptions } from './git-settings.ts';
import { type Maintained, type MaintenanceRequest, maintainRepository } from './maintenance.ts';
import { purgeUnreachable } from './purge-unreachable.ts';
import type { RepositoryFolders } from './repository-folders.ts';

/** A git of maintenance takes the processor, and with it the disk, only while nobody else wants it. */
const NICE = ['nice', '-n', '19'];
const QUIET_POLL_MS = 250;
/** Clients have waited for so long without a break: maintenance gives up, and is tried again later. */
const QUIET_TIMEOUT_MS = 10 * MINUTE;

/** A run starts about ten gits, and two of them copy the objects. It may take as long as this many may take. */
const GITS_PER_RUN = 4;
/** The longest time that a timer takes: 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Where the repositories are, and who else runs gits. */
export interface Surroundings {
  pools: Pick<GitPools, 'counts'>;
  home: string;
  folders: Pick<RepositoryFolders, 'find' | 'temporary'>;
  packSizes: (repository: string) => Promise<number>;
}

/** See `GitStore.maintain`. */
export function createMaintenance(options: GitOptions, { pools, home, folders, packSizes }: Surroundings) {
  const { timeoutMs: longestMs, report } = options;
  // A machine without `nice` runs it at the usual priority.
  const launcher = createGitLauncher(options, home, Bun.which('nice', { PATH: options.path }) === null ? [] : NICE);

  /** Does not take a place of the pool: a clone would wait for it as long as a large repository is packed. */
  const whenQuiet = async (signal: AbortSignal) => {
    const end = performance.now() + QUIET_TIMEOUT_MS;
    while (pools.counts().waiting > 0) {
      if (performance.now() > end) throw unavailable('Clients kept all git processes busy.', 60);
      signal.throwIfAborted();
      await Bun.sleep(QUIET_POLL_MS);
    }
  };

  return async (projectId: number, request: MaintenanceRequest): Promise<Maintained | null> => {
    const path = await folders.find(projectId);
    if (path === null) return null;
    // The packs that it writes are there beside those that they replace.
    const git = launcher.forPacks(2 * (await packSizes(path)));
    const longestRunMs = Math.min(GITS_PER_RUN * longestMs, MAX_TIMER_MS);
    const deps = { git, temporary: folders.temporary, whenQuiet, longestMs, longestRunMs, now: systemClock, report };
    try {
      return await (request.purge ? purgeUnreachable : maintainRepository)(deps, path, request);
    } catch (error) {
      // The project was deleted during the work.
      if ((await folders.find(projectId)) === null) return null;
      throw error;
    }
  };
}
