import type { Maintained, MaintenanceRequest } from '../../store/git/maintenance.ts';
import type { Deps } from '../deps.ts';
import type { Tasks } from '../tasks/tasks.ts';

export type { Maintained, MaintenanceRequest } from '../../store/git/maintenance.ts';

/** The kind of the task that maintains a repository; its subject is the id of the project. */
export const MAINTAIN_REPOSITORY = 'maintain-repository';

export function createRepositoryMaintenance(
  { git, maintenanceIntervalMs, report }: Pick<Deps, 'git' | 'maintenanceIntervalMs' | 'report'>,
  tasks: Tasks,
) {
  return {
    /**
     * Plans the maintenance of a repository that something was pushed to, also in vain. A push never fails because of
     * it.
     */
    async request(projectId: number): Promise<void> {
      if (maintenanceIntervalMs === null) return;
      try {
        await tasks.request({ kind: MAINTAIN_REPOSITORY, subject: projectId }, maintenanceIntervalMs);
      } catch (error) {
        report('the maintenance of a repository could not be planned', error);
      }
    },
    /** See `GitStore.maintain`. */
    maintain: (projectId: number, request: MaintenanceRequest): Promise<Maintained | null> =>
      git.maintain(projectId, request),
  };
}
