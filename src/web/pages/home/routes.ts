import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { Route } from '../../../http/route.ts';
import { notFound, PosternError } from '../../../lib/errors.ts';
import { type Page, pageRow, redirect, type Visit, visitAt, type Web } from '../../page.ts';
import { FULL_PATH, groupPath, projectPath } from '../../paths.ts';
import { signInAddress } from '../../return-to.ts';
import { dashboardPage, PER_PAGE } from './dashboard-page.tsx';
import { groupPage } from './group-page.tsx';
import { projectPage } from './project-page.tsx';

/** The front page, and the homes of projects and groups. The last row takes every address that nothing else is for. */
export function homeRoutes(web: Web): Route[] {
  const everyone = { on: 'instance', permission: 'list_projects' } as const;
  return [
    pageRow(web, '/', everyone, (visit) => (visit.user ? dashboard(web, visit) : redirect(signInAddress('/')))),
    pageRow(
      web,
      `/groups/${FULL_PATH}`,
      { on: 'group', by: 'path', param: 'path', permission: 'read_group' },
      (visit) => redirect(groupPath(visit.facts.group.full_path), 301),
    ),
    { ...pageRow(web, `/${FULL_PATH}`, everyone, (visit) => home(web, visit)), takesTheRest: true },
  ];
}

async function dashboard({ services }: Web, visit: Visit): Promise<Page> {
  const { viewer, query } = visit;
  const search = (query.get('search') ?? '').trim();
  const filter = { leastLevel: 10, ...(search === '' ? {} : { search }) };
  const page = { page: pageNumber(query), perPage: PER_PAGE };
  const [projects, groups] = await Promise.all([
    services.projects.list(viewer, filter, { by: 'last_activity_at', direction: 'desc' }, page),
    services.groups.list(
      viewer,
      { ...filter, kind: 'group' },
      { by: 'name', direction: 'asc' },
      { page: 1, perPage: 50 },
    ),
  ]);
  return dashboardPage(visit, { projects, groups, search });
}

/** Which page of a list an address asks for. */
export const pageNumber = (query: URLSearchParams, parameter = 'page'): number => {
  const text = query.get(parameter) ?? '1';
  return /^[1-9]\d{0,6}$/.test(text) ? Number(text) : 1;
};

/**
 * A path is a project's, a group's or a user's; which one, its row cannot know. So it asks here for the permission on what
 * it finds, and answers as for nothing when it finds nothing.
 */
async function home(web: Web, visit: Visit): Promise<Page | Response> {
  const { services } = web;
  const { exchange, params, user } = visit;
  const path = params['path'] ?? '';
  if (/\.git\//.test(path)) throw notFound('page');
  const project = await services.access.project(path.replace(/\.git$/, ''), user?.id ?? null);
  if (project.on === 'project') {
    exchange.requireOn(project, 'read_project');
    const today = projectPath(project.project.full_path);
    if (project.moved || path.endsWith('.git')) return redirect(today, 301);
    return showProject(web, visitAt(visit, project));
  }
  const place = await services.access.namespace(path, user?.id ?? null);
  // Who has an account here is nothing for strangers to find out.
  const hidden = place.on === 'group' && place.group.kind === 'user' && user === null;
  exchange.requireOn(hidden ? project : place, 'read_group');
  if (place.on !== 'group' || hidden) throw notFound('page');
  if (place.moved) return redirect(groupPath(place.group.full_path), 301);
  return showGroup(web, visitAt(visit, place));
}

async function showProject({ services, links }: Web, visit: Visit<ProjectFacts>): Promise<Page> {
  const { facts, can } = visit;
  const { project } = facts;
  const looks = facts.features.repository && can('download_code');
  const [repository, storage] = await Promise.all([
    looks ? services.repositories.view(project).catch(nullWhenBusy) : null,
    services.projects.storage(project),
  ]);
  return projectPage(visit, { repository, storage, links });
}

/** The addresses are worth showing even while every git that may run is running. */
function nullWhenBusy(error: unknown): null {
  if (error instanceof PosternError && error.kind === 'unavailable') return null;
  throw error;
}

async function showGroup({ services }: Web, visit: Parameters<typeof groupPage>[0]): Promise<Page> {
  const { viewer, query, facts } = visit;
  const page = { page: pageNumber(query), perPage: PER_PAGE };
  const { id, kind } = facts.group;
  const order = { by: 'name', direction: 'asc' } as const;
  const [projects, groups] = await Promise.all([
    services.projects.list(viewer, { namespaceId: id }, order, page),
    kind === 'group'
      ? services.groups.list(viewer, { kind: 'group', parentId: id }, order, { page: 1, perPage: 100 })
      : null,
  ]);
  return groupPage(visit, { projects, groups: groups?.items ?? [] });
}
