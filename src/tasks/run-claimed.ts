import { type RunOutcome, type RunTask, runTask } from '../domain/tasks/run-task.ts';
import type { TaskKey, TaskLease, Tasks } from '../domain/tasks/tasks.ts';
import type { TaskKind, TaskLog } from './task-kind.ts';

/** Runs a task whose lease was taken, and logs how it ended. @param stop aborted when the program stops. */
export async function runClaimed(
  tasks: Tasks,
  lease: TaskLease,
  kind: TaskKind,
  stop: AbortSignal,
  log: TaskLog,
): Promise<RunOutcome> {
  const { subject, failures } = lease;
  const fields = { task: kind.kind, ...(subject === 0 ? {} : { subject }) };
  const began = performance.now();
  const report = (error: unknown) => log.error({ ...fields, failures, error: String(error) }, 'task failed');
  const outcome = await runTask(tasks, lease, recurring(tasks, lease, kind), stop, report);
  // A kind logs its results itself.
  const level = outcome === 'done' ? 'debug' : 'info';
  log[level]({ ...fields, outcome, ms: Math.round(performance.now() - began) }, LOG_MESSAGES[outcome]);
  return outcome;
}

/**
 * Runs a task at once, whether it is due or not, and as if for the first time.
 * @returns null when it runs already.
 */
export async function runNow(
  tasks: Tasks,
  kind: TaskKind,
  key: TaskKey,
  stop: AbortSignal,
  log: TaskLog,
): Promise<RunOutcome | null> {
  const lease = await tasks.claim(key);
  return lease && runClaimed(tasks, { ...lease, state: null }, kind, stop, log);
}

/** The run of a recurring task is followed by the next one. */
function recurring(tasks: Tasks, { dueAt }: TaskLease, { run, recurs }: TaskKind): RunTask {
  if (!recurs) return run;
  const { intervalMs } = recurs;
  return async (context) => ({
    ...(await run(context)),
    nextAt: intervalMs === null ? null : await tasks.nextAfter(dueAt, intervalMs),
  });
}

const LOG_MESSAGES: Readonly<Record<RunOutcome, string>> = {
  done: 'task done',
  failed: 'task will be tried again',
  stopped: 'task handed back',
  lost: 'task lost its lease',
};
