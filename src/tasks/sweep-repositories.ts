import type { Repositories } from '../domain/repositories/repositories.ts';
import { DAY, HOUR } from '../lib/clock.ts';
import type { TaskKind, TaskLog } from './task-kind.ts';

/**
 * Removes what killed gits left in any repository. The maintenance of a repository does the same, but is requested at
 * the end of a push: a push whose server was killed requests nothing.
 */
export const sweepRepositories = ({ sweep }: Pick<Repositories, 'sweep'>, log: TaskLog): TaskKind => ({
  kind: 'sweep-repositories',
  recurs: { intervalMs: DAY, firstMs: HOUR },
  async run({ signal }) {
    const swept = await sweep(signal);
    if (swept > 0) log.info({ swept }, 'leftovers of killed gits removed from repositories');
    return { nextAt: null };
  },
});
