import type { Config } from '../config/config.ts';
import type { Services } from '../domain/services.ts';
import type { RunOutcome, RunTask } from '../domain/tasks/run-task.ts';
import type { TaskKey } from '../domain/tasks/tasks.ts';
import { defined } from '../lib/defined.ts';
import { cleanUpTags } from './clean-up-tags.ts';
import { collectGarbage } from './collect-garbage.ts';
import { maintainRepositories } from './maintain-repositories.ts';
import { recoverPushes } from './recover-pushes.ts';
import { runNow } from './run-claimed.ts';
import { startTasks } from './runner.ts';
import { sweepManifests } from './sweep-manifests.ts';
import { sweepRepositories } from './sweep-repositories.ts';
import type { TaskLog } from './task-kind.ts';

export interface BackgroundTasks {
  /** Runs due tasks until it is disposed of. */
  startTasks(): AsyncDisposable;
  /** The names of all kinds. */
  taskKinds: readonly string[];
  /**
   * Runs a task at once, whether it is due or not.
   * @param run is done under the lease of the task in place of the work of its kind.
   * @returns null when it runs already, in this program or another.
   */
  runTask(key: TaskKey, stop: AbortSignal, run?: RunTask): Promise<RunOutcome | null>;
}

/** All background tasks of the program. */
export function createBackgroundTasks(
  { collection, images, repositories, tasks }: Services,
  config: Pick<Config, 'collection' | 'git'>,
  log: TaskLog,
): BackgroundTasks {
  const kinds = [
    collectGarbage(collection, config.collection.intervalMs, log),
    maintainRepositories(repositories, tasks, config.git.maintenanceIntervalMs, log),
    recoverPushes(repositories, log),
    sweepRepositories(repositories, log),
    ...(images.enabled ? [cleanUpTags(images.policies, log), sweepManifests(images.unreferenced, log)] : []),
  ];
  return {
    startTasks: () => startTasks(tasks, kinds, log),
    taskKinds: kinds.map(({ kind }) => kind),
    runTask(key, stop, run) {
      const kind = kinds.find((known) => known.kind === key.kind);
      if (!kind) throw new Error(`there is no task ${key.kind}`);
      return runNow(tasks, { ...kind, ...defined({ run }) }, key, stop, log);
    },
  };
}
