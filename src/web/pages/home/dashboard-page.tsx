/** @jsxImportSource hono/jsx */
import type { Group } from '../../../domain/groups/groups.ts';
import type { SeenProject } from '../../../domain/projects/projects.ts';
import type { Page, Visit } from '../../page.ts';
import { Button, LinkButton } from '../../views/button.tsx';
import { EmptyState } from '../../views/empty-state.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { GroupList, ProjectList } from './lists.tsx';

export const PER_PAGE = 30;

interface Dashboard {
  projects: { items: SeenProject[]; page: number; perPage: number; total: number };
  groups: { items: Group[] };
  search: string;
}

/** What is mine: the projects and groups in which I have a role. */
export function dashboardPage(visit: Visit, { projects, groups, search }: Dashboard): Page {
  const nothing = projects.items.length === 0 && groups.items.length === 0;
  const body = (
    <>
      <header class="row spread">
        <h1>Your projects</h1>
        <div class="row">
          <LinkButton href="/groups/new">New group</LinkButton>
          <LinkButton kind="primary" href="/projects/new">
            New project
          </LinkButton>
        </div>
      </header>
      <form class="search" method="get" action="/">
        <input
          class="input"
          type="search"
          name="search"
          value={search}
          aria-label="Search projects and groups"
          placeholder="Search"
        />
        <Button>Search</Button>
      </form>
      {nothing ? <Nothing search={search} /> : <Mine projects={projects} groups={groups} query={visit.query} />}
    </>
  );
  return { title: 'Your projects', body };
}

function Nothing({ search }: { search: string }) {
  return (
    <EmptyState title={search === '' ? 'No projects yet' : `Nothing is called “${search}”`}>
      <p>You see here what you have a role in: projects and groups that you made, or that someone let you into.</p>
    </EmptyState>
  );
}

function Mine({ projects, groups, query }: Omit<Dashboard, 'search'> & { query: URLSearchParams }) {
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
      </section>
    </div>
  );
}
