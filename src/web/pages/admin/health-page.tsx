/** @jsxImportSource hono/jsx */

import type { Collected } from '../../../domain/collection/collection.ts';
import type { Check } from '../../../domain/diagnostics/check.ts';
import { formatBytes } from '../../../lib/byte-size.ts';
import { VERSION } from '../../../lib/version.ts';
import { counted } from '../../counted.ts';
import type { Page, Web } from '../../page.ts';
import { Badge } from '../../views/badge.tsx';
import { Notice } from '../../views/notice.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import { AdminHeader } from './admin-header.tsx';
import { readTasks, TasksTable } from './tasks-table.tsx';

/** The checks of `postern doctor`, the background tasks, and facts about this server. */
export async function showHealth({ services, diagnostics }: Web): Promise<Page> {
  const { checks, engine, blobs } = await diagnostics();
  const wrong = checks.filter(({ level }) => level !== 'ok').length;
  const body = (
    <AdminHeader tab="Health">
      <Notice kind={wrong === 0 ? 'good' : checks.some(({ level }) => level === 'failure') ? 'bad' : 'warn'}>
        {wrong === 0 ? 'All checks passed.' : `${counted(wrong, 'problem')} found.`}
      </Notice>
      <section class="stack" aria-labelledby="checks">
        <h2 id="checks">Checks</h2>
        <Table caption="Checks" columns={COLUMNS} items={checks} />
      </section>
      <TasksTable tasks={await readTasks(services)} />
      <section class="card stack" aria-labelledby="server">
        <h2 id="server">This server</h2>
        <dl class="facts">
          <dt>Version</dt>
          <dd>{VERSION}</dd>
          <dt>Database</dt>
          <dd>{engine === 'sqlite' ? 'SQLite, in the data folder' : 'PostgreSQL'}</dd>
          <dt>Blobs</dt>
          <dd>{blobs}</dd>
          <dt>Garbage</dt>
          <dd>
            <LastCollection last={services.collection.last()} />
          </dd>
        </dl>
      </section>
    </AdminHeader>
  );
  return { title: 'Health', body };
}

const LEVELS = {
  ok: <Badge kind="good">ok</Badge>,
  warning: <Badge kind="warn">warning</Badge>,
  failure: <Badge kind="bad">failure</Badge>,
};

const COLUMNS: readonly Column<Check>[] = [
  { title: 'Check', cell: ({ what }) => what },
  { title: 'State', cell: ({ level }) => LEVELS[level] },
  {
    title: 'Result',
    cell: ({ message, advice }) => (
      <>
        {message}
        {advice === undefined ? null : <p class="soft">{advice}</p>}
      </>
    ),
  },
];

function LastCollection({ last }: { last: Collected | null }) {
  if (last === null) return <>Not run by this process since it started.</>;
  const { images, files, uploads, leftovers } = last;
  const bytes = [images, files, uploads, leftovers].reduce((sum, one) => sum + one.bytes, 0);
  return (
    <>
      Collected <Time at={last.at} />: {formatBytes(bytes)} removed
      {last.failures > 0 ? `, ${last.failures} failed.` : '.'}
    </>
  );
}
