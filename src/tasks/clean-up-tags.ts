import type { CleanupPolicies } from '../domain/images/cleanup/run-policies.ts';
import { MINUTE } from '../lib/clock.ts';
import type { TaskKind, TaskLog } from './task-kind.ts';

/** How often due policies are looked for. The shortest cadence of a policy is a day. */
const INTERVAL_MS = 10 * MINUTE;

/** Runs the cleanup policies of projects that are due. */
export const cleanUpTags = ({ runDue }: Pick<CleanupPolicies, 'runDue'>, log: TaskLog): TaskKind => ({
  kind: 'clean-up-tags',
  recurs: { intervalMs: INTERVAL_MS, firstMs: MINUTE },
  async run({ signal }) {
    const result = await runDue(signal);
    if (result.policies > 0) log.info(result, 'tags deleted by cleanup policies');
    return { nextAt: null };
  },
});
