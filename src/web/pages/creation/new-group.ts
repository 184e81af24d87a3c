import type { GroupFacts } from '../../../domain/access/facts.ts';
import { notFound } from '../../../lib/errors.ts';
import { type Page, redirect, type Visit, type Web } from '../../page.ts';
import { groupPath } from '../../paths.ts';
import { numberIn } from '../list-query.ts';
import { newGroupPage } from './new-group-page.tsx';
import { mistakesIn, requestOf } from './request.ts';

export async function showNewGroup(web: Web, visit: Visit): Promise<Page> {
  return newGroupPage({ base: web.links.base(), parent: await parentOf(web, visit, visit.query) });
}

/** Makes a group, and goes to it. */
export async function createGroup(web: Web, visit: Visit, form: URLSearchParams): Promise<Page | Response> {
  const parent = await parentOf(web, visit, form);
  try {
    const group = await web.services.groups.create(parent, requestOf(form), visit.context);
    return redirect(groupPath(group.full_path));
  } catch (error) {
    const mistakes = mistakesIn(error, form);
    if (!mistakes) throw error;
    const page = newGroupPage({ base: web.links.base(), parent, typed: { values: form, mistakes } });
    return { ...page, status: 422 };
  }
}

/** The group that it is to be made in; null: at the top. @throws Denied when that is not theirs to say. */
async function parentOf({ services }: Web, visit: Visit, fields: URLSearchParams): Promise<GroupFacts['group'] | null> {
  if ((fields.get('parent_id') ?? '') === '') return null;
  const id = numberIn(fields.get('parent_id') ?? undefined);
  if (id === null) throw notFound('group');
  const facts = await services.access.group(id, visit.actor?.id ?? null);
  visit.context.requireOn(facts, 'create_subgroup');
  return facts.on === 'group' ? facts.group : null;
}
