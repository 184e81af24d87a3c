import type { Route } from '../../../http/route.ts';
import { formRow, pageRow, redirect, type Web } from '../../page.ts';
import { createGroup, showNewGroup } from './new-group.ts';
import { createProject, showNewProject } from './new-project.ts';

/** Making groups and projects. The addresses are GitLab's. */
export function creationRoutes(web: Web): Route[] {
  const inGroups = { on: 'instance', permission: 'create_group' } as const;
  const inProjects = { on: 'instance', permission: 'create_personal_project' } as const;
  return [
    pageRow(web, '/projects/new', inProjects, (visit) => showNewProject(web, visit)),
    // Form addresses: opening one in a browser redirects to the list.
    pageRow(web, '/projects', inProjects, () => redirect('/')),
    formRow(web, '/projects', inProjects, (visit, form) => createProject(web, visit, form)),
    pageRow(web, '/groups/new', inGroups, (visit) => showNewGroup(web, visit)),
    pageRow(web, '/groups', inGroups, () => redirect('/')),
    formRow(web, '/groups', inGroups, (visit, form) => createGroup(web, visit, form)),
  ];
}
