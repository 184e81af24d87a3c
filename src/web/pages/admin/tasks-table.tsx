/** @jsxImportSource hono/jsx */
import { MAINTAIN_REPOSITORY } from '../../../domain/repositories/maintenance.ts';
import type { Services } from '../../../domain/services.ts';
import type { Task } from '../../../domain/tasks/tasks.ts';
import { SECOND } from '../../../lib/clock.ts';
import { Badge } from '../../views/badge.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';

/** How many tasks the page lists. */
const LISTED = 20;

interface ListedTask extends Task {
  /** The path of the project that the task works on. */
  project: string | undefined;
}

/** The background tasks: running ones first, then recurring ones, then those that failed. */
export async function readTasks({ tasks, access }: Services): Promise<ListedTask[]> {
  const listed = await tasks.list(LISTED);
  const ids = listed.filter(({ kind }) => kind === MAINTAIN_REPOSITORY).map(({ subject }) => subject);
  const paths = await access.pathsOf('project', ids);
  return listed.map((task) => ({ ...task, project: paths.get(task.subject) }));
}

export const TasksTable = ({ tasks }: { tasks: readonly ListedTask[] }) => (
  <section class="stack" aria-labelledby="tasks">
    <h2 id="tasks">Background tasks</h2>
    {tasks.length === 0 ? (
      <p>No task has been planned yet.</p>
    ) : (
      <Table caption="Tasks" columns={COLUMNS} items={tasks} />
    )}
    <p class="soft">
      At most {LISTED} tasks are shown. <code>postern tasks --json</code> lists all of them.
    </p>
  </section>
);

const COLUMNS: readonly Column<ListedTask>[] = [
  {
    title: 'Task',
    cell: ({ kind, project }) => (
      <>
        {kind}
        {project === undefined ? null : <p class="soft">{project}</p>}
      </>
    ),
  },
  { title: 'State', cell: (task) => <TaskState {...task} /> },
  { title: 'Last run', cell: (task) => <LastRun {...task} /> },
  {
    title: 'Next run',
    cell: ({ running, dueAt }) => (running ? '' : dueAt === null ? 'On request' : <Time at={dueAt} />),
  },
];

function TaskState({ running, outcome, error }: Task) {
  if (running) return <Badge kind="good">running</Badge>;
  if (outcome === null) return <>Not run yet</>;
  if (outcome === 'failed')
    return (
      <>
        <Badge kind="bad">failed</Badge>
        <p class="soft">{error}</p>
      </>
    );
  return outcome === 'done' ? <Badge kind="good">done</Badge> : <Badge kind="warn">stopped</Badge>;
}

function LastRun({ running, startedAt, endedAt }: Task) {
  if (startedAt === null) return <>Never</>;
  const ended = !running && endedAt !== null && endedAt >= startedAt;
  return (
    <>
      <Time at={startedAt} />
      {ended ? `, took ${((endedAt - startedAt) / SECOND).toFixed(1)} s` : null}
    </>
  );
}
