/** @jsxImportSource hono/jsx */
import type { GroupFacts } from '../../../domain/access/facts.ts';
import type { Group } from '../../../domain/groups/groups.ts';
import type { SeenProject } from '../../../domain/projects/projects.ts';
import type { Page, Visit } from '../../page.ts';
import { groupPath } from '../../paths.ts';
import { LinkButton } from '../../views/button.tsx';
import { EmptyState } from '../../views/empty-state.tsx';
import { PageHeader } from '../../views/page-header.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { SearchForm } from '../../views/search-form.tsx';
import { GroupList, ProjectList } from './lists.tsx';

interface Inside {
  projects: { items: SeenProject[]; page: number; perPage: number; total: number };
  /** Null: someone's own namespace, which has none. */
  groups: { items: Group[]; page: number; perPage: number; total: number } | null;
  search: string;
}

/** The content of a group or personal namespace. */
export function groupPage(visit: Visit<GroupFacts>, inside: Inside): Page {
  const { group } = visit.facts;
  const { projects, groups, search } = inside;
  const many = projects.total > 10 || (groups?.total ?? 0) > 10;
  const body = (
    <PageHeader visit={visit} tab="Overview" tools={<Tools visit={visit} />}>
      {group.description === '' ? null : <p class="about">{group.description}</p>}
      {many || search !== '' || (groups?.total ?? 0) > 0 ? <Search path={group.full_path} search={search} /> : null}
      <div class={groups && groups.total > 0 ? 'columns' : 'stack'}>
        <section class="stack" aria-labelledby="projects">
          <h2 id="projects">Projects</h2>
          {projects.items.length === 0 ? <NoProjects search={search} /> : <ProjectList projects={projects.items} />}
          <Pagination {...projects} what="projects" query={visit.query} />
        </section>
        {groups && groups.total > 0 ? (
          <section class="stack" aria-labelledby="groups">
            <h2 id="groups">Subgroups</h2>
            <GroupList groups={groups.items} />
            <Pagination {...groups} what="subgroups" query={visit.query} parameter="groups_page" />
          </section>
        ) : null}
      </div>
    </PageHeader>
  );
  return { title: group.full_path, body };
}

function Search({ path, search }: { path: string; search: string }) {
  const placeholder = 'Search this group and its subgroups';
  return <SearchForm label="Search this group" placeholder={placeholder} action={groupPath(path)} search={search} />;
}

function NoProjects({ search }: { search: string }) {
  return search === '' ? (
    <EmptyState title="No projects here">
      <p>Projects of this group that you can see are listed here.</p>
    </EmptyState>
  ) : (
    <EmptyState title={`No projects match “${search}”`}>
      <p>The search covers the names and paths of all projects in this group and its subgroups.</p>
    </EmptyState>
  );
}

/** Buttons to create projects and subgroups. */
function Tools({ visit: { can, facts } }: { visit: Visit<GroupFacts> }) {
  const { id, kind } = facts.group;
  return (
    <>
      {kind === 'group' && can('create_subgroup') ? (
        <LinkButton href={`/groups/new?parent_id=${id}`}>New subgroup</LinkButton>
      ) : null}
      {can('create_projects') ? (
        <LinkButton kind="primary" href={`/projects/new?namespace_id=${id}`}>
          New project
        </LinkButton>
      ) : null}
    </>
  );
}
