import type { App } from '../app.ts';
import { MAINTAIN_REPOSITORY } from '../domain/repositories/maintenance.ts';
import type { RunOutcome, RunTask } from '../domain/tasks/run-task.ts';
import type { Task } from '../domain/tasks/tasks.ts';
import { SECOND } from '../lib/clock.ts';
import { StartError } from '../lib/start-error.ts';
import { type Invocation, UsageError } from './command.ts';
import { onApp, stopSignal, toJson } from './on-app.ts';
import { suggest } from './suggest.ts';

/** How many tasks are listed for people. */
const LISTED = 50;
/** How many are in the JSON: more than any server has projects. */
const LISTED_AS_JSON = 1_000_000;

/** A task as it is shown: times are ISO 8601, a task of a project has its path. */
interface Shown {
  kind: string;
  subject: number | null;
  project: string | null;
  state: 'running' | 'planned' | 'idle';
  last_started_at: string | null;
  last_ended_at: string | null;
  last_succeeded_at: string | null;
  duration_ms: number | null;
  outcome: Task['outcome'];
  error: string | null;
  failures: number;
  next_run_at: string | null;
}

/** `tasks`: lists the background tasks. */
export const listTasks = (invocation: Invocation): Promise<number> =>
  onApp(invocation, async ({ services }) => {
    const json = invocation.flags['json'] === true;
    const tasks = await services.tasks.list(json ? LISTED_AS_JSON : LISTED + 1);
    const ids = tasks.filter(({ kind }) => kind === MAINTAIN_REPOSITORY).map(({ subject }) => subject);
    const paths = await services.access.pathsOf('project', ids);
    const shown = tasks.map((task) => toShown(task, paths));
    await invocation.print(json ? toJson(shown) : tableOf(shown, await services.tasks.now()));
    return 0;
  });

/** `tasks run KIND`: runs a task that has no subject, at once. */
export const runTaskNow = (invocation: Invocation): Promise<number> =>
  onApp(invocation, async (app) => {
    const [kind = ''] = invocation.args;
    const kinds = app.taskKinds.filter((known) => known !== MAINTAIN_REPOSITORY);
    if (kind === MAINTAIN_REPOSITORY) throw new UsageError('use postern repo maintain PATH for one repository.');
    const nearest = suggest(kind, kinds);
    const hint = nearest === null ? `; there is ${kinds.join(', ')}` : `; did you mean ${nearest}`;
    if (!kinds.includes(kind)) throw new UsageError(`there is no task "${kind}"${hint}.`);
    return report(invocation, kind, await app.runTask({ kind, subject: 0 }, stopSignal()));
  });

/** `repo maintain PATH`: runs the full maintenance of a project's repository, at once. */
export const maintainRepository = (invocation: Invocation): Promise<number> =>
  onApp(invocation, async (app) => {
    const [path = ''] = invocation.args;
    const id = await projectId(app, path);
    const outcome = await app.runTask({ kind: MAINTAIN_REPOSITORY, subject: id }, stopSignal());
    return report(invocation, `the maintenance of ${path}`, outcome);
  });

/** `repo purge-unreachable PATH`: removes all objects that no ref leads to, under the lease of maintenance. */
export const purgeUnreachable = (invocation: Invocation): Promise<number> =>
  onApp(invocation, async (app) => {
    const { services } = app;
    const [path = ''] = invocation.args;
    const subject = await projectId(app, path);
    let purged = 0;
    const run: RunTask = async ({ signal }) => {
      const done = await services.repositories.maintain(subject, { full: true, purge: true, signal });
      purged = done?.purged ?? 0;
      return { nextAt: null, state: { fullAt: await services.tasks.now() } };
    };
    const outcome = await app.runTask({ kind: MAINTAIN_REPOSITORY, subject }, stopSignal(), run);
    // The purge and the maintenance of a repository share a lease.
    const name = outcome === null ? `the maintenance of ${path}` : `the purge of ${path}`;
    const code = await report(invocation, name, outcome);
    await invocation.print(`${purged.toLocaleString('en')} objects removed\n`);
    return code;
  });

async function projectId({ services }: App, path: string): Promise<number> {
  const facts = await services.access.project(path.replace(/^\/|\.git$/g, ''), null);
  if (facts.on !== 'project') throw new StartError(`There is no project ${path}.`);
  return facts.project.id;
}

/** @returns 0 when the task is done. */
async function report({ print }: Invocation, name: string, outcome: RunOutcome | null): Promise<number> {
  requireDone(name, outcome);
  await print(`${name}: done\n`);
  return 0;
}

/** @param outcome null: the task was running already. @throws StartError unless the task is done. */
export function requireDone(name: string, outcome: RunOutcome | null): void {
  if (outcome === null) throw new StartError(`${name} runs already, in the server or in another command.`);
  if (outcome === 'lost') throw new StartError(`${name} was taken over by another process.`);
  if (outcome === 'stopped') throw new StartError(`${name} was stopped; the server runs it again.`);
  if (outcome === 'failed') throw new StartError(`${name} failed; postern tasks shows the error.`);
}

const iso = (instant: number | null): string | null => (instant === null ? null : new Date(instant).toISOString());

function toShown(task: Task, paths: ReadonlyMap<number, string>): Shown {
  const { kind, subject, running, dueAt, startedAt, endedAt, succeededAt, outcome, error, failures } = task;
  const ended = !running && startedAt !== null && endedAt !== null && endedAt >= startedAt;
  return {
    kind,
    subject: subject === 0 ? null : subject,
    project: kind === MAINTAIN_REPOSITORY ? (paths.get(subject) ?? null) : null,
    state: running ? 'running' : dueAt === null ? 'idle' : 'planned',
    last_started_at: iso(startedAt),
    last_ended_at: iso(endedAt),
    last_succeeded_at: iso(succeededAt),
    duration_ms: ended ? endedAt - startedAt : null,
    outcome,
    error,
    failures,
    next_run_at: iso(dueAt),
  };
}

function tableOf(tasks: readonly Shown[], now: number): string {
  const rows = tasks
    .slice(0, LISTED)
    .map((task) => [
      task.kind,
      task.project ?? (task.subject === null ? '' : String(task.subject)),
      task.state === 'running' ? 'running' : (task.outcome ?? 'not run yet'),
      seconds(task.last_started_at),
      task.duration_ms === null ? '' : `${(task.duration_ms / SECOND).toFixed(1)} s`,
      nextOf(task, now),
      task.error ?? '',
    ]);
  const table = [['TASK', 'SUBJECT', 'OUTCOME', 'LAST RUN', 'DURATION', 'NEXT RUN', 'ERROR'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const more = tasks.length > LISTED ? ['', `Only the first ${LISTED} are listed; --json lists all.`] : [];
  return `${[...lines, ...more].join('\n')}\n`;
}

function nextOf({ state, next_run_at }: Shown, now: number): string {
  if (state === 'running' || next_run_at === null) return state === 'running' ? '' : 'on request';
  return Date.parse(next_run_at) <= now ? 'now' : seconds(next_run_at);
}

const seconds = (instant: string | null): string => instant?.replace(/\.\d+Z$/, 'Z') ?? '';
