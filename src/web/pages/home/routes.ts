import type { GroupFacts, MissingFacts, ProjectFacts } from '../../../domain/access/facts.ts';
import { ROLES } from '../../../domain/members/roles.ts';
import type { Route } from '../../../http/route.ts';
import { defined } from '../../../lib/defined.ts';
import { notFound, PosternError } from '../../../lib/errors.ts';
import { listPage } from '../../list-page.ts';
import { type Page, pageRow, redirect, type Visit, visitAt, type Web } from '../../page.ts';
import { FULL_PATH, groupPath, projectPath } from '../../paths.ts';
import { signInAddress } from '../../return-to.ts';
import { type Dashboard, dashboardPage } from './dashboard-page.tsx';
import { groupPage } from './group-page.tsx';

const PER_PAGE = 30;

const NOTHING: MissingFacts = { on: 'missing', what: 'group', within: null };

/** The front page, and the homes of projects and groups. The last row takes every address that nothing else is for. */
export function homeRoutes(web: Web): Route[] {
  const everyone = { on: 'instance', permission: 'list_projects' } as const;
  return [
    pageRow(web, '/', everyone, (visit) =>
      visit.actor ? dashboard(web, visit, 'mine') : redirect(signInAddress('/')),
    ),
    pageRow(web, '/explore', everyone, (visit) => dashboard(web, visit, 'all')),
    pageRow(
      web,
      `/groups/${FULL_PATH}`,
      { on: 'group', by: 'path', param: 'path', permission: 'read_group' },
      (visit) => redirect(groupPath(visit.facts.group.full_path), 301),
    ),
    { ...pageRow(web, `/${FULL_PATH}`, everyone, (visit) => home(web, visit)), catchAll: true },
  ];
}

/** The search in the query, for projects and groups. */
const searchIn = (query: URLSearchParams): string => (query.get('search') ?? '').trim().slice(0, 255);

async function dashboard({ services }: Web, visit: Visit, whose: Dashboard['whose']): Promise<Page> {
  const { visibilityFilter, query } = visit;
  const search = searchIn(query);
  const filter = {
    ...defined({ leastLevel: whose === 'mine' ? ROLES.guest : undefined }),
    ...defined({ search: search || undefined }),
  };
  const [projects, groups] = await Promise.all([
    listPage(query, PER_PAGE, (page) =>
      services.projects.list(visibilityFilter, filter, { by: 'last_activity_at', direction: 'desc' }, page),
    ),
    listPage(
      query,
      PER_PAGE,
      (page) =>
        services.groups.list(visibilityFilter, { ...filter, kind: 'group' }, { by: 'name', direction: 'asc' }, page),
      'groups_page',
    ),
  ]);
  return dashboardPage(visit, { projects, groups, search, whose });
}

/**
 * A path is a project's, a group's or a user's; which one, its row cannot know. So it asks here for the permission on
 * what it finds, and answers as for nothing when it finds nothing.
 */
async function home(web: Web, visit: Visit): Promise<Page | Response> {
  const { services } = web;
  const { context, params, actor: user } = visit;
  const path = params['path'] ?? '';
  if (/\.git\//.test(path)) throw notFound('page');
  const userId = user?.id ?? null;
  const project = await services.access.project(path.replace(/\.git$/, ''), userId);
  if (project.on === 'project' && context.permitOn(project, 'read_project').allow) {
    const today = projectPath(project.project.full_path);
    if (project.moved || path.endsWith('.git')) return redirect(today, 301);
    return showProject(web, await visitAt(web, visit, project));
  }
  const place = await services.access.namespace(path, userId);
  // Strangers must not find out which accounts exist.
  const hidden = place.on === 'group' && place.group.kind === 'user' && user === null;
  if (place.on !== 'group' || hidden || !context.permitOn(place, 'read_group').allow) {
    // Hidden or missing, project, group or user: all are refused after the same look-ups.
    await services.access.completeLookUps(project, userId);
    await services.access.completeLookUps(place, userId);
    context.requireOn(NOTHING, 'read_group');
    throw notFound('page');
  }
  if (place.moved) return redirect(groupPath(place.group.full_path), 301);
  return showGroup(web, await visitAt(web, visit, place));
}

async function showProject({ services, links }: Web, visit: Visit<ProjectFacts>): Promise<Page> {
  const { facts, can } = visit;
  const { project } = facts;
  const looks = facts.features.repository && can('download_code');
  const [repository, storage] = await Promise.all([
    looks ? services.repositories.view(project).catch(nullWhenBusy) : null,
    can('read_statistics') ? services.storage.use({ kind: 'project', project }) : null,
  ]);
  const { projectPage } = await import('./project-page.tsx');
  return projectPage(visit, { repository, storage, links });
}

/** The addresses are worth showing even while every git that may run is running. */
function nullWhenBusy(error: unknown): null {
  if (error instanceof PosternError && error.kind === 'unavailable') return null;
  throw error;
}

async function showGroup({ services }: Web, visit: Visit<GroupFacts>): Promise<Page> {
  const { visibilityFilter, query, facts } = visit;
  const { id, kind, lineage } = facts.group;
  const order = { by: 'name', direction: 'asc' } as const;
  const search = searchIn(query);
  const wanted = search === '' ? {} : { search };
  const [projects, groups] = await Promise.all([
    // A search looks through all that is below.
    listPage(query, PER_PAGE, (page) =>
      services.projects.list(
        visibilityFilter,
        { ...wanted, ...(search === '' ? { namespaceId: id } : { lineage }) },
        order,
        page,
      ),
    ),
    kind === 'group'
      ? listPage(
          query,
          PER_PAGE,
          (page) => services.groups.list(visibilityFilter, { ...wanted, kind: 'group', parentId: id }, order, page),
          'groups_page',
        )
      : null,
  ]);
  return groupPage(visit, { projects, groups, search });
}
