import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { Route } from '../../../http/route.ts';
import { formRow, pageRow, redirect, type Visit, type Web } from '../../page.ts';
import { FULL_PATH } from '../../paths.ts';
import { addRule, askToRemove, removeRule, showRules } from './actions.ts';
import { rulesPath } from './rules-page.tsx';

/** Settings > Packages of a project: what it says of names. The address is GitLab's. */
export function packageRuleRoutes(web: Web): Route[] {
  const page = `/${FULL_PATH}/-/settings/packages_and_registries`;
  const project = { on: 'project', by: 'path', param: 'path' } as const;
  const read = { ...project, permission: 'read_package_rule' } as const;
  const admin = { ...project, permission: 'admin_package' } as const;
  /** Form address: opening it in a browser redirects to the page. */
  const back = ({ facts }: Visit<ProjectFacts>) => redirect(rulesPath(facts.project));
  return [
    pageRow(web, page, read, (visit) => showRules(web, visit)),
    pageRow(web, `${page}/rules`, read, back),
    formRow(web, `${page}/rules`, admin, (visit, form) => addRule(web, visit, form)),
    pageRow(web, `${page}/rules/:rule_id/remove`, admin, (visit) => askToRemove(web, visit)),
    formRow(web, `${page}/rules/:rule_id/remove`, admin, (visit) => removeRule(web, visit)),
  ];
}
