/** @jsxImportSource hono/jsx */
import { type Facts, type GroupFacts, type ProjectFacts, subjectOf } from '../../../domain/access/facts.ts';
import type { AuditEvent } from '../../../domain/audit/audit.ts';
import type { Page, Visit } from '../../page.ts';
import { Button } from '../../views/button.tsx';
import { EmptyState } from '../../views/empty-state.tsx';
import { SelectField, TextField } from '../../views/form.tsx';
import { PageHeader } from '../../views/page-header.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import { AdminHeader } from '../admin/admin-header.tsx';
import type { Events } from './read-events.ts';
import { auditAuthorOf, KINDS, sentenceOf } from './sentence.ts';

/** The audit log of a project, a group or the instance. */
export function auditLogPage(visit: Visit<Facts>, events: Events): Page {
  const { facts } = visit;
  const log = <Log visit={visit} events={events} />;
  if (facts.on !== 'project' && facts.on !== 'group')
    return { title: 'Audit log', body: <AdminHeader tab="Audit log">{log}</AdminHeader> };
  const body = (
    <PageHeader visit={visit as Visit<ProjectFacts | GroupFacts>} tab="Settings" subtab="Audit log">
      {log}
    </PageHeader>
  );
  const path = subjectOf(facts).full_path;
  return { title: `Audit log · ${path}`, body };
}

function Log({ visit, events }: { visit: Visit<Facts>; events: Events }) {
  const many = visit.facts.on !== 'project';
  const columns = many ? [WHAT, WHERE, WHEN, FROM] : [WHAT, WHEN, FROM];
  return (
    <section class="stack" aria-labelledby="events">
      <h2 id="events">Audit log</h2>
      <ListQuery events={events} many={many} />
      {events.items.length === 0 ? (
        <EmptyState title="Nothing was found">
          <p>Try a wider date range or fewer filters.</p>
        </EmptyState>
      ) : (
        <Table caption="Audit events" columns={columns} items={events.items} />
      )}
      <Pagination {...events} what="events" query={visit.query} />
    </section>
  );
}

const WHAT: Column<AuditEvent> = {
  title: 'Event',
  cell: (event) => (
    <span class="event">
      <strong>{auditAuthorOf(event)}</strong> {sentenceOf(event)}
    </span>
  ),
};
const WHEN: Column<AuditEvent> = { title: 'Time', cell: ({ at }) => <Time at={at} /> };
const WHERE: Column<AuditEvent> = { title: 'Project or group', cell: ({ entity }) => entity.path || 'Instance' };
const FROM: Column<AuditEvent> = {
  title: 'Address',
  cell: ({ by }) => (by.ip === null ? <span class="soft">none</span> : <code>{by.ip}</code>),
};

/** @param many the log is of more than one project or group. */
function ListQuery({ events: { listQuery }, many }: { events: Events; many: boolean }) {
  const kinds = Object.entries(KINDS).map(([value, { title }]) => ({ value, label: title }));
  return (
    <form class="form" method="get">
      <div class="fields">
        <TextField name="who" label="User" value={listQuery.who} placeholder="User name" autocomplete="off" />
        <SelectField
          name="kind"
          label="Event type"
          options={[{ value: '', label: 'All events' }, ...kinds]}
          chosen={listQuery.kind}
        />
        {many ? (
          <TextField name="where" label="Project or group" value={listQuery.where} placeholder="group/project" />
        ) : null}
        <TextField name="from" label="From" type="date" value={listQuery.from} />
        <TextField name="to" label="To" type="date" value={listQuery.to} />
      </div>
      <div>
        <Button>Filter</Button>
      </div>
    </form>
  );
}
