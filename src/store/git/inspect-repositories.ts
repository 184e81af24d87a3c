import { isHeadSound, repairHead } from './git-head.ts';
import type { GitLauncher } from './git-process.ts';
import { listRepositories } from './repository-folders.ts';
import { findLocks, removeLocks, staleAmong } from './repository-locks.ts';

/** The damage of power cuts and kills in the repositories of a folder. Each list has paths of repositories. */
export interface Inspection {
  repositories: number;
  /** Their HEAD names no ref: git takes them for no repositories. */
  brokenHeads: string[];
  /** They have locks that no git holds: git refuses to update the refs. */
  locked: string[];
}

/**
 * Looks at every repository in a folder, also beside a server.
 * @param repair starts the gits that repair what is found; null: it is left as it is.
 */
export async function inspectRepositories(root: string, repair: GitLauncher | null): Promise<Inspection> {
  const found: Inspection = { repositories: 0, brokenHeads: [], locked: [] };
  for await (const path of listRepositories(root)) {
    found.repositories += 1;
    if (!(await isHeadSound(path))) {
      found.brokenHeads.push(path);
      if (repair) await repairHead(repair, path);
    }
    // Servers elsewhere may use the folder.
    const stale = await staleAmong(await findLocks(path), path, true);
    if (stale.length > 0) {
      found.locked.push(path);
      if (repair) await removeLocks(stale);
    }
  }
  return found;
}
