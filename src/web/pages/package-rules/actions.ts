import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { PackageRule } from '../../../domain/packages/rules.ts';
import { notFound, PosternError } from '../../../lib/errors.ts';
import { listPage } from '../../list-page.ts';
import { Mistake, mistakesOf } from '../../mistakes.ts';
import { type Page, redirect, type Visit, type Web } from '../../page.ts';
import type { Typed } from '../../views/typed.ts';
import { numberIn } from '../list-query.ts';
import { removePage, rulesPage, rulesPath } from './rules-page.tsx';
import { LEVELS } from './words.ts';

type InProject = Visit<ProjectFacts>;

const PER_PAGE = 20;

/** The form's field for each field that an error names. */
const FIELDS = { package_name_pattern: 'pattern', minimum_access_level_for_push: 'push_level' };

export async function showRules(web: Web, visit: InProject, typed?: Typed): Promise<Page> {
  const { facts, query } = visit;
  const rules = await listPage(query, PER_PAGE, (page) => web.services.packages.rules.list(facts.project, page));
  const gone = numberIn(query.get('removed') ?? undefined);
  const removed = gone !== null && (await isGone(web, visit, gone));
  return rulesPage(visit, { rules, kinds: web.packageKinds, removed, typed });
}

export async function addRule(web: Web, visit: InProject, form: URLSearchParams): Promise<Page | Response> {
  const { project } = visit.facts;
  try {
    await web.services.packages.rules.create(project, ruleIn(web, form), visit.context);
    return redirect(rulesPath(project));
  } catch (error) {
    const mistakes = mistakesOf(error, FIELDS);
    if (!mistakes) throw error;
    return { ...(await showRules(web, visit, { values: form, mistakes })), status: 422, place: rulesPath(project) };
  }
}

function ruleIn({ packageKinds }: Web, form: URLSearchParams) {
  const kind = packageKinds.find(({ type }) => type === form.get('type'));
  if (!kind) throw new Mistake('type', 'Choose a package type');
  const duplicates = form.get('duplicates');
  return {
    type: kind.type,
    pattern: (form.get('pattern') ?? '').trim(),
    duplicates: duplicates === 'allowed' || duplicates === 'forbidden' ? duplicates : null,
    pushLevel: levelIn(form, 'push_level'),
    deleteLevel: levelIn(form, 'delete_level'),
  } as const;
}

function levelIn(form: URLSearchParams, field: string): number | null {
  const text = form.get(field) ?? '';
  if (text === '') return null;
  const found = LEVELS.find(({ level }) => String(level) === text);
  if (!found) throw new Mistake(field, 'Choose a role');
  return found.level;
}

export async function askToRemove(web: Web, visit: InProject): Promise<Page> {
  return removePage(visit, await ruleOf(web, visit), web.packageKinds);
}

export async function removeRule(web: Web, visit: InProject): Promise<Response> {
  const { id } = await ruleOf(web, visit);
  await web.services.packages.rules.destroy(visit.facts.project, id, visit.context);
  return redirect(`${rulesPath(visit.facts.project)}?removed=${id}`);
}

function ruleOf({ services }: Web, { facts, params }: InProject): Promise<PackageRule> {
  const id = numberIn(params['rule_id']);
  if (id === null) throw notFound('package rule');
  return services.packages.rules.get(facts.project, id);
}

/** Whether what an address says was removed is not there. */
async function isGone({ services }: Web, { facts }: InProject, id: number): Promise<boolean> {
  try {
    await services.packages.rules.get(facts.project, id);
    return false;
  } catch (error) {
    if (error instanceof PosternError && error.kind === 'not_found') return true;
    throw error;
  }
}
