import type { Deps } from '../deps.ts';

/**
 * Removes the repositories of projects whose rows are gone. In this order nobody ever meets a project without its
 * repository; a folder that is left over by a crash in between is found by nobody, since ids are not given twice.
 */
export async function removeRepositories({ git, report }: Deps, projectIds: readonly number[]): Promise<void> {
  for (const id of projectIds) {
    try {
      await git.remove(id);
    } catch (error) {
      report(`The repository of the deleted project ${id} could not be removed`, error);
    }
  }
}
