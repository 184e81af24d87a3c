import { LEASE_MS, RENEW_MS, type TaskLease, type TaskResult, type Tasks } from './tasks.ts';

export interface TaskContext {
  /** The id of what the task works on; 0 for a kind that has no subjects. */
  subject: number;
  /** The state kept by the last run. */
  state: unknown;
  /** Aborted when the server stops or the lease is lost: the run ends at its next step. */
  signal: AbortSignal;
}

export type RunTask = (context: TaskContext) => Promise<TaskResult>;

/** How a run ended; `lost`: another server has the task now. */
export type RunOutcome = 'done' | 'failed' | 'stopped' | 'lost';

/**
 * Runs a task under its lease, renews the lease while it runs, and writes down how it ended.
 * @param stop aborted when the server stops: the task is handed back.
 * @param report receives errors of the run and of the database.
 * @throws nothing.
 */
export async function runTask(
  tasks: Tasks,
  lease: TaskLease,
  run: RunTask,
  stop: AbortSignal,
  report: (error: unknown) => void,
): Promise<RunOutcome> {
  const lost = new AbortController();
  const renewal = keepLease(tasks, lease, lost);
  try {
    const { subject, state } = lease;
    const result = await run({ subject, state, signal: AbortSignal.any([stop, lost.signal]) });
    return (await tasks.done(lease, result)) ? 'done' : 'lost';
  } catch (error) {
    if (lost.signal.aborted) return 'lost';
    if (!stop.aborted) report(error);
    return await (stop.aborted ? tasks.release(lease) : tasks.failed(lease, error)).then(
      (ours) => (ours ? (stop.aborted ? 'stopped' : 'failed') : 'lost'),
      (failure) => {
        // The lease ends by itself, and another run begins then.
        report(failure);
        return 'lost';
      },
    );
  } finally {
    renewal[Symbol.dispose]();
  }
}

/**
 * Renews a lease until disposed of. @param lost aborted when another has the lease, or before it ends without being
 * renewed.
 */
function keepLease(tasks: Tasks, lease: TaskLease, lost: AbortController): Disposable {
  let heldUntil = performance.now() + LEASE_MS;
  const renew = async () => {
    const began = performance.now();
    if (began + RENEW_MS >= heldUntil) lost.abort(new Error('The lease could not be renewed in time.'));
    // A database that is away for a moment ends no run.
    const renewed = await tasks.renew(lease).catch(() => null);
    if (renewed === true) heldUntil = began + LEASE_MS;
    if (renewed === false) lost.abort(new Error('Another server took the lease over.'));
  };
  const timer = setInterval(() => void renew(), RENEW_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
