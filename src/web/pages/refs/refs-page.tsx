/** @jsxImportSource hono/jsx */
import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { RefPage } from '../../../domain/repositories/repositories.ts';
import type { Page, Visit } from '../../page.ts';
import { EmptyState } from '../../views/empty-state.tsx';
import { PageHeader } from '../../views/page-header.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { SearchForm } from '../../views/search-form.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';

interface RefList {
  kind: 'branches' | 'tags';
  search: string;
  refs: RefPage;
}

const COLUMNS: readonly Column<RefPage['items'][number]>[] = [
  { title: 'Name', cell: ({ name }) => <code>{name}</code> },
  { title: 'Commit', cell: ({ id }) => <code title={id}>{id.slice(0, 8)}</code> },
  { title: 'Message', cell: ({ subject }) => subject },
  { title: 'Updated', cell: ({ at }) => <Time at={at} /> },
];

/** Branches or tags, the newest first. */
export function refsPage(visit: Visit<ProjectFacts>, { kind, search, refs }: RefList): Page {
  const path = visit.facts.project.full_path;
  const title = kind === 'branches' ? 'Branches' : 'Tags';
  const body = (
    <PageHeader visit={visit} tab="Overview">
      <section class="card stack" aria-labelledby="refs">
        <h2 id="refs">{title}</h2>
        <SearchForm label={`Search ${kind}`} placeholder="Part of a name" search={search} />
        {refs.items.length === 0 ? (
          <EmptyState title={search === '' ? `No ${kind} yet` : `No ${kind} match “${search}”`}>
            <p>{search === '' ? 'Pushed refs are listed here, the newest first.' : `The search covers all ${kind}.`}</p>
          </EmptyState>
        ) : (
          <Table caption={title} columns={COLUMNS} items={refs.items} />
        )}
        <Pagination {...refs} what={kind} query={visit.query} />
      </section>
    </PageHeader>
  );
  return { title: `${title} · ${path}`, body };
}
