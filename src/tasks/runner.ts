import type { Tasks } from '../domain/tasks/tasks.ts';
import { SECOND } from '../lib/clock.ts';
import { runClaimed } from './run-claimed.ts';
import type { TaskKind, TaskLog } from './task-kind.ts';

export interface RunnerOptions {
  /**
   * How many tasks run at once: one slot is for kinds that are `short`, the others are for every kind. Of one kind
   * never more than one: each kind is bounded by a resource of its own.
   */
  concurrency?: number;
  /** How often the table is read when no task ends, in milliseconds. */
  pollMs?: number;
}

export interface TaskRunner extends AsyncDisposable {
  /** Runs what is due now, and resolves when nothing is due and nothing runs. */
  runDue(): Promise<void>;
}

const CONCURRENCY = 3;
/** A collection or a repack takes hours, and short tasks do not wait for it. */
const SLOTS_FOR_SHORT = 1;
const POLL_MS = 10 * SECOND;

/**
 * Runs due tasks until it is disposed of: then the running tasks end at their next step, and those that are not done
 * are handed back.
 */
export function startTasks(
  tasks: Tasks,
  kinds: readonly TaskKind[],
  log: TaskLog,
  { concurrency = CONCURRENCY, pollMs = pollMsFor(kinds) }: RunnerOptions = {},
): TaskRunner {
  const stop = new AbortController();
  const running = new Map<string, Promise<void>>();
  let planned = false;
  let filling: Promise<void> | null = null;
  let again = false;

  const plan = async () => {
    for (const { kind, recurs } of kinds) if (recurs) await tasks.plan(kind, recurs);
    planned = true;
  };

  const isShort = (name: string) => kinds.some(({ kind, short }) => kind === name && short === true);
  /** Whether a task that may take long may start: the last slot stays free for short ones. */
  const mayStartLong = () =>
    [...running.keys()].filter((name) => !isShort(name)).length < Math.max(1, concurrency - SLOTS_FOR_SHORT);

  /** Starts due tasks while there is room for them. */
  const fill = async () => {
    if (!planned) await plan();
    while (!stop.signal.aborted && running.size < concurrency) {
      const idle = kinds.filter(
        ({ kind, recurs, manual, short }) =>
          !running.has(kind) && !manual && recurs?.intervalMs !== null && (short || mayStartLong()),
      );
      const lease = await tasks.claimDue(idle.map(({ kind }) => kind));
      const kind = kinds.find((candidate) => candidate.kind === lease?.kind);
      if (!lease || !kind) return;
      const run = runClaimed(tasks, lease, kind, stop.signal, log);
      running.set(
        kind.kind,
        run.then(() => {
          running.delete(kind.kind);
          void poll();
        }),
      );
    }
  };

  /** One at a time; a call during another has that one look once more. */
  const poll = async (): Promise<void> => {
    again = true;
    filling ??= fillWhileAsked().finally(() => {
      filling = null;
    });
    await filling;
  };

  const fillWhileAsked = async () => {
    while (again && !stop.signal.aborted) {
      again = false;
      await fill().catch((error) => log.error({ error: String(error) }, 'the table of tasks cannot be read'));
    }
  };

  const timer = pollMs === Infinity ? undefined : setInterval(() => void poll(), pollMs);
  if (timer) void poll();

  return {
    async runDue() {
      await poll();
      while (running.size > 0) {
        await Promise.all(running.values());
        await poll();
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      clearInterval(timer);
      await filling;
      await Promise.all(running.values());
    },
  };
}

/** A task that is due more often than due tasks are usually looked for is not kept waiting. */
const pollMsFor = (kinds: readonly TaskKind[]): number =>
  Math.min(POLL_MS, ...kinds.map(({ recurs }) => Math.max(SECOND, recurs?.intervalMs ?? POLL_MS)));
