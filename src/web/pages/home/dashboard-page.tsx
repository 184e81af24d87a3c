/** @jsxImportSource hono/jsx */
import type { Group } from '../../../domain/groups/groups.ts';
import type { SeenProject } from '../../../domain/projects/projects.ts';
import type { Page, Visit } from '../../page.ts';
import { LinkButton } from '../../views/button.tsx';
import { EmptyState } from '../../views/empty-state.tsx';
import { Notice } from '../../views/notice.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { SearchForm } from '../../views/search-form.tsx';
import { Tabs } from '../../views/tabs.tsx';
import { GroupList, ProjectList } from './lists.tsx';

interface Listed<T> {
  items: T[];
  page: number;
  perPage: number;
  total: number;
}

export interface Dashboard {
  projects: Listed<SeenProject>;
  groups: Listed<Group>;
  search: string;
  /** The list shows projects and groups where the user has a role, or all visible ones. */
  whose: 'mine' | 'all';
}

const TABS = [
  { title: 'Yours', href: '/' },
  { title: 'All', href: '/explore' },
];

/** The projects and groups that are mine, or all that I may see. A search looks through all. */
export function dashboardPage(visit: Visit, { projects, groups, search, whose }: Dashboard): Page {
  const title = whose === 'mine' ? 'Your projects' : visit.actor ? 'Projects' : 'Public projects';
  const nothing = projects.total === 0 && groups.total === 0;
  const body = (
    <>
      <header class="row spread">
        <h1>{title}</h1>
        {visit.actor ? <Tools /> : null}
      </header>
      <Done query={visit.query} />
      {visit.actor ? <Tabs label="Projects" tabs={TABS} current={whose === 'mine' ? 'Yours' : 'All'} small /> : null}
      <SearchForm
        label="Search projects and groups"
        placeholder="Search all projects and groups you can see"
        action="/explore"
        search={search}
      />
      {nothing ? (
        <Nothing search={search} whose={whose} />
      ) : (
        <Lists projects={projects} groups={groups} query={visit.query} />
      )}
    </>
  );
  return { title, body };
}

/** The notice for actions after which their page is gone or no longer visible: leaving and deleting. */
function Done({ query }: { query: URLSearchParams }) {
  const deleted = query.get('deleted');
  const left = query.get('left');
  if (deleted === null && left === null) return null;
  return (
    <Notice kind="good">
      {deleted === null ? (
        <>
          You have left <strong>{left}</strong>.
        </>
      ) : (
        <>
          <strong>{deleted}</strong> is deleted, with everything in it.
        </>
      )}
    </Notice>
  );
}

function Tools() {
  return (
    <div class="row">
      <LinkButton href="/groups/new">New group</LinkButton>
      <LinkButton kind="primary" href="/projects/new">
        New project
      </LinkButton>
    </div>
  );
}

function Nothing({ search, whose }: Pick<Dashboard, 'search' | 'whose'>) {
  if (search !== '') {
    return (
      <EmptyState title={`No results for “${search}”`}>
        <p>The search covers the names and paths of all projects and groups you can see.</p>
      </EmptyState>
    );
  }
  return whose === 'mine' ? (
    <EmptyState title="No projects yet">
      <p>Projects and groups where you have a role are listed here.</p>
      <LinkButton href="/projects/new">Create project</LinkButton>
    </EmptyState>
  ) : (
    <EmptyState title="No projects or groups">
      <p>There are no projects or groups you can see.</p>
    </EmptyState>
  );
}

function Lists({ projects, groups, query }: Pick<Dashboard, 'projects' | 'groups'> & { query: URLSearchParams }) {
  return (
    <div class="columns">
      <section class="stack" aria-labelledby="projects">
        <h2 id="projects">Projects</h2>
        {projects.items.length === 0 ? <p class="soft">None.</p> : <ProjectList projects={projects.items} />}
        <Pagination {...projects} what="projects" query={query} />
      </section>
      <section class="stack" aria-labelledby="groups">
        <h2 id="groups">Groups</h2>
        {groups.items.length === 0 ? <p class="soft">None.</p> : <GroupList groups={groups.items} />}
        <Pagination {...groups} what="groups" query={query} parameter="groups_page" />
      </section>
    </div>
  );
}
