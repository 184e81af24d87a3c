import type { ProjectFacts } from '../../../domain/access/facts.ts';
import { type CleanupPolicyChange, checkCleanupPolicy } from '../../../domain/projects/cleanup-policy.ts';
import { defined } from '../../../lib/defined.ts';
import { Mistake, mistakesOf } from '../../mistakes.ts';
import { type Page, redirect, type Visit, type Web } from '../../page.ts';
import { type CleanupShown, cleanupPage, cleanupPath } from './cleanup-page.tsx';

type InProject = Visit<ProjectFacts>;

/** The form's field for each attribute that an error names. */
const FIELDS = {
  cadence: 'cadence',
  keep_n: 'keep_n',
  older_than: 'older_than',
  name_regex: 'name_regex',
  name_regex_keep: 'name_regex_keep',
  untagged_days: 'untagged_days',
};

export async function showPolicy(
  { services }: Web,
  visit: InProject,
  more: Pick<CleanupShown, 'typed' | 'preview'> = {},
): Promise<Page> {
  const policy = await services.projects.cleanupPolicy(visit.facts.project);
  return cleanupPage(visit, { policy, defaultDays: services.images.unreferenced.defaultDays, ...more });
}

export function savePolicy(web: Web, visit: InProject, form: URLSearchParams): Promise<Page | Response> {
  const { project } = visit.facts;
  return orMistakes(web, visit, form, async () => {
    await web.services.projects.update(project, { cleanupPolicy: changeIn(form) }, visit.context);
    return redirect(`${cleanupPath(project)}?saved`);
  });
}

/** Counts what the policy in the form would delete now. Nothing is saved. */
export function previewPolicy(web: Web, visit: InProject, form: URLSearchParams): Promise<Page | Response> {
  const { project } = visit.facts;
  return orMistakes(web, visit, form, async () => {
    const change = changeIn(form);
    await checkCleanupPolicy(change);
    const policy = { ...(await web.services.projects.cleanupPolicy(project)), ...defined(change) };
    const preview = await web.services.images.policies.preview(project, policy);
    const page = await showPolicy(web, visit, { typed: { values: form, mistakes: {} }, preview });
    return { ...page, place: cleanupPath(project) };
  });
}

async function orMistakes(
  web: Web,
  visit: InProject,
  form: URLSearchParams,
  act: () => Promise<Page | Response>,
): Promise<Page | Response> {
  try {
    return await act();
  } catch (error) {
    const mistakes = mistakesOf(error, FIELDS);
    if (!mistakes) throw error;
    const page = await showPolicy(web, visit, { typed: { values: form, mistakes } });
    return { ...page, status: 422, place: cleanupPath(visit.facts.project) };
  }
}

function changeIn(form: URLSearchParams): CleanupPolicyChange {
  const text = (name: string) => (form.get(name) ?? '').trim() || null;
  return {
    enabled: form.get('enabled') === '1',
    cadence: form.get('cadence') ?? '',
    keepN: numberIn(form, 'keep_n'),
    olderThan: text('older_than'),
    nameRegex: text('name_regex'),
    nameRegexKeep: text('name_regex_keep'),
    untaggedDays: numberIn(form, 'untagged_days'),
  };
}

/** Null: the field is empty. */
function numberIn(form: URLSearchParams, name: string): number | null {
  const text = (form.get(name) ?? '').trim();
  if (text === '') return null;
  if (!/^\d{1,6}$/.test(text)) throw new Mistake(name, 'Enter a whole number');
  return Number(text);
}
