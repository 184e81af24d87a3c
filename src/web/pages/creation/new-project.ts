import type { Group } from '../../../domain/groups/groups.ts';
import { ROLES } from '../../../domain/members/roles.ts';
import { defined } from '../../../lib/defined.ts';
import { type Page, redirect, type Visit, type Web } from '../../page.ts';
import { projectPath } from '../../paths.ts';
import type { Typed } from '../../views/typed.ts';
import { numberIn } from '../list-query.ts';
import { newProjectPage } from './new-project-page.tsx';
import { mistakesIn, requestOf } from './request.ts';

/** So many are listed to choose from; the others are reached by the button on their own page. */
const LISTED = 200;

export async function showNewProject(web: Web, visit: Visit): Promise<Page> {
  return pageFor(web, visit, numberIn(visit.query.get('namespace_id') ?? undefined));
}

/** Makes a project, and goes to it. */
export async function createProject(web: Web, visit: Visit, form: URLSearchParams): Promise<Page | Response> {
  const chosen = numberIn(form.get('namespace_id') ?? undefined);
  const { services } = web;
  const userId = visit.actor?.id ?? 0;
  const namespace =
    chosen === null ? await services.access.personalNamespace(userId) : await services.access.namespace(chosen, userId);
  visit.context.requireOn(namespace, 'create_projects');
  if (namespace.on !== 'group') throw new Error('a namespace that is not there was allowed');
  try {
    const project = await services.projects.create(namespace.group, requestOf(form), visit.context);
    return redirect(projectPath(project.full_path));
  } catch (error) {
    const mistakes = mistakesIn(error, form);
    if (!mistakes) throw error;
    return { ...(await pageFor(web, visit, chosen, { values: form, mistakes })), status: 422 };
  }
}

async function pageFor(web: Web, visit: Visit, chosen: number | null, typed?: Typed): Promise<Page> {
  const { groups, access } = web.services;
  const userId = visit.actor?.id ?? 0;
  const filter = { leastLevel: ROLES.developer };
  const [own, page, named] = await Promise.all([
    access.personalNamespace(userId),
    groups.list(visit.visibilityFilter, filter, { by: 'path', direction: 'asc' }, { page: 1, perPage: LISTED }),
    chosen === null ? null : access.namespace(chosen, userId),
  ]);
  // An administrator may make projects where they have no role, and a list may be too long for the one that is wanted.
  const wanted = named?.on === 'group' && visit.context.permitOn(named, 'create_projects').allow ? [named.group] : [];
  const personal = own.on === 'group' ? [own.group] : [];
  const all = [
    ...new Map([...page.items, ...wanted, ...personal].map((one): [number, Group] => [one.id, one])).values(),
  ];
  all.sort((a, b) => a.full_path.localeCompare(b.full_path));
  return newProjectPage({
    base: web.links.base(),
    namespaces: all,
    chosen: wanted[0]?.id ?? personal[0]?.id ?? null,
    more: page.total > page.items.length,
    ...defined({ typed }),
  });
}
