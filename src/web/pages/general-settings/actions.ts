import { VISIBILITIES } from '../../../domain/visibility.ts';
import { Mistake, mistakesOf } from '../../mistakes.ts';
import { type Page, redirect, type Web } from '../../page.ts';
import { groupPath, projectPath } from '../../paths.ts';
import { generalSettingsPage } from './general-settings-page.tsx';
import type { SectionName } from './section-props.tsx';
import { readAround, type SettingsVisit, settingsSubjectOf } from './settings-subject.ts';

type Done = Promise<Page | Response>;
type Act = (web: Web, visit: SettingsVisit, form: URLSearchParams) => Promise<string>;

/** The actions of the forms on the page. Each returns the address to redirect to. */
const ACTS = { general, features, branch, archive, path, transfer, destroy } satisfies Record<SectionName, Act>;

/** Does what one form asks for; what a rule forbids comes back as the page with its sentence, and what was typed. */
export async function act(web: Web, visit: SettingsVisit, section: SectionName, form: URLSearchParams): Done {
  try {
    return redirect(await ACTS[section](web, visit, form));
  } catch (error) {
    const mistakes = mistakesOf(error, FIELDS[section]);
    if (!mistakes) throw error;
    const outcome = { section, typed: { values: form, mistakes } };
    const page = generalSettingsPage(visit, await readAround(web, visit), outcome);
    return { ...page, status: 422, place: settingsSubjectOf(visit).page() };
  }
}

/** The form's field for each field that an error names. */
const FIELDS: Readonly<Record<SectionName, Readonly<Record<string, string>>>> = {
  general: { name: 'name', visibility: 'visibility' },
  features: {},
  branch: { default_branch: 'branch' },
  archive: {},
  path: { path: 'path' },
  transfer: { namespace: 'namespace', path: 'namespace' },
  destroy: {},
};

async function general({ services }: Web, visit: SettingsVisit, form: URLSearchParams): Promise<string> {
  const { facts, context } = visit;
  const visibility = VISIBILITIES.find((one) => one === form.get('visibility'));
  const change = { name: form.get('name') ?? '', description: (form.get('description') ?? '').trim(), visibility };
  if (facts.on === 'project') await services.projects.update(facts.project, change, context);
  else await services.groups.update(facts.group, change, context);
  return settingsSubjectOf(visit).page('?saved=general');
}

async function features({ services }: Web, visit: SettingsVisit, form: URLSearchParams): Promise<string> {
  const { facts, context } = visit;
  const chosen = form.getAll('features');
  const closed = form.getAll('members_only');
  const level = (one: string) => (!chosen.includes(one) ? false : closed.includes(one) ? 'private' : 'enabled');
  const wanted = {
    repository: level('repository'),
    lfs: chosen.includes('lfs'),
    registry: level('registry'),
    packages: level('packages'),
  } as const;
  if (facts.on === 'project') await services.projects.update(facts.project, { features: wanted }, context);
  return settingsSubjectOf(visit).page('?saved=features#features');
}

async function branch({ services }: Web, visit: SettingsVisit, form: URLSearchParams): Promise<string> {
  const { facts, context } = visit;
  const change = { defaultBranch: (form.get('branch') ?? '').trim() };
  if (facts.on === 'project') await services.projects.update(facts.project, change, context);
  return settingsSubjectOf(visit).page('?saved=branch#branch');
}

async function archive({ services }: Web, visit: SettingsVisit, form: URLSearchParams): Promise<string> {
  const { facts, context } = visit;
  const archived = form.get('archived') === '1';
  if (facts.on === 'project') await services.projects.archive(facts.project, archived, context);
  return settingsSubjectOf(visit).page('?saved=archive#archive');
}

async function path({ services }: Web, visit: SettingsVisit, form: URLSearchParams): Promise<string> {
  const { facts, context } = visit;
  const change = { path: (form.get('path') ?? '').trim() };
  const at =
    facts.on === 'project'
      ? projectPath((await services.projects.update(facts.project, change, context)).full_path, '/edit')
      : groupPath((await services.groups.update(facts.group, change, context)).full_path, '/-/edit');
  return `${at}?saved=path#path-section`;
}

async function transfer(web: Web, visit: SettingsVisit, form: URLSearchParams): Promise<string> {
  const { facts, context, actor: user } = visit;
  const where = (form.get('namespace') ?? '').trim();
  const typed = where.replace(/^\/|\/$/g, '');
  if (where === '') throw new Mistake('namespace', 'Enter a destination');
  if (facts.on === 'group' && typed === '') {
    context.requireOn({ on: 'instance' }, 'create_group');
    const { full_path } = await web.services.groups.transfer(facts.group, null, context);
    return groupPath(full_path, '/-/edit?saved=transfer#transfer');
  }
  const [permission, what] =
    facts.on === 'project' ? (['create_projects', 'projects'] as const) : (['create_subgroup', 'groups'] as const);
  const target =
    facts.on === 'project'
      ? await web.services.access.namespace(typed, user?.id ?? null)
      : await web.services.access.group(typed, user?.id ?? null);
  // The same words for what is not there and for what is not theirs to see.
  if (target.on !== 'group' || !context.permitOn(target, permission).allow) {
    await web.services.access.completeLookUps(target, user?.id ?? null);
    throw new Mistake('namespace', `${typed} does not exist, or you may not create ${what} in it`);
  }
  context.requireOn(target, permission);
  if (facts.on === 'group') {
    const { full_path } = await web.services.groups.transfer(facts.group, target.group, context);
    return groupPath(full_path, '/-/edit?saved=transfer#transfer');
  }
  const { full_path } = await web.services.projects.transfer(facts.project, target.group, context);
  return projectPath(full_path, '/edit?saved=transfer#transfer');
}

/** Asks for the full path, as it is today, to be typed: a button that was pressed by mistake deletes nothing. */
async function destroy({ services }: Web, visit: SettingsVisit, form: URLSearchParams): Promise<string> {
  const { facts, context } = visit;
  const { path: full } = settingsSubjectOf(visit);
  if ((form.get('confirm') ?? '').trim() !== full) throw new Mistake('confirm', `This is not ${full}`);
  if (facts.on === 'project') await services.projects.destroy(facts.project, context);
  else await services.groups.destroy(facts.group, context);
  return `/?deleted=${encodeURIComponent(full)}`;
}
