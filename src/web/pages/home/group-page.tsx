/** @jsxImportSource hono/jsx */
import type { GroupFacts } from '../../../domain/access/facts.ts';
import type { Group } from '../../../domain/groups/groups.ts';
import type { SeenProject } from '../../../domain/projects/projects.ts';
import type { Page, Visit } from '../../page.ts';
import { LinkButton } from '../../views/button.tsx';
import { EmptyState } from '../../views/empty-state.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { Place } from '../../views/place.tsx';
import { GroupList, ProjectList } from './lists.tsx';

interface Inside {
  projects: { items: SeenProject[]; page: number; perPage: number; total: number };
  groups: readonly Group[];
}

/** What is in a group, or in someone's own namespace. */
export function groupPage(visit: Visit<GroupFacts>, { projects, groups }: Inside): Page {
  const { group } = visit.facts;
  const body = (
    <Place visit={visit} tab="Overview" tools={<Tools visit={visit} />}>
      {group.description === '' ? null : <p>{group.description}</p>}
      {groups.length === 0 ? null : (
        <section class="stack" aria-labelledby="groups">
          <h2 id="groups">Groups</h2>
          <GroupList groups={groups} />
        </section>
      )}
      <section class="stack" aria-labelledby="projects">
        <h2 id="projects">Projects</h2>
        {projects.items.length === 0 ? (
          <EmptyState title="No projects yet">
            <p>Projects of this group that you may see stand here.</p>
          </EmptyState>
        ) : (
          <ProjectList projects={projects.items} />
        )}
        <Pagination {...projects} what="projects" query={visit.query} />
      </section>
    </Place>
  );
  return { title: group.full_path, body };
}

/** What may be made here. */
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
