import type { GroupFacts, ProjectFacts } from '../../../domain/access/facts.ts';
import type { Route } from '../../../http/route.ts';
import { formRow, pageRow, redirect, type Visit, type Web } from '../../page.ts';
import { FULL_PATH } from '../../paths.ts';
import { askToRevoke, createToken, revokeToken } from './actions.ts';
import { listsIn, ownerOf } from './owner.ts';
import { readTokens } from './read-tokens.ts';
import { repositorySettingsPage } from './repository-settings-page.tsx';

/** Settings > Repository of a project and of a group: their deploy tokens. The addresses are GitLab's. */
export function repositorySettingsRoutes(web: Web): Route[] {
  const show = async (visit: Visit<ProjectFacts | GroupFacts>) =>
    repositorySettingsPage(visit, await readTokens(web, visit));
  /** Form address: opening it in a browser redirects to the page. */
  const back = (visit: Visit<ProjectFacts | GroupFacts>) => redirect(ownerOf(visit.facts).page(listsIn(visit.query)));
  const create = (visit: Visit<ProjectFacts | GroupFacts>, form: URLSearchParams) => createToken(web, visit, form);
  const ask = (visit: Visit<ProjectFacts | GroupFacts>) => askToRevoke(web, visit);
  const revoke = (visit: Visit<ProjectFacts | GroupFacts>) => revokeToken(web, visit);

  return (['project', 'group'] as const)
    .flatMap((on) => {
      const prefix = on === 'project' ? `/${FULL_PATH}` : `/groups/${FULL_PATH}`;
      const page = `${prefix}/-/settings/repository`;
      const place = { on, by: 'path', param: 'path' } as const;
      const read = { ...place, permission: 'read_deploy_token' } as const;
      const end = { ...place, permission: 'destroy_deploy_token' } as const;
      return [
        pageRow(web, page, read, show),
        pageRow(web, `${page}/deploy_token/create`, read, back),
        formRow(web, `${page}/deploy_token/create`, { ...place, permission: 'create_deploy_token' }, create),
        pageRow(web, `${prefix}/-/deploy_tokens/:token_id/revoke`, end, ask),
        formRow(web, `${prefix}/-/deploy_tokens/:token_id/revoke`, end, revoke),
      ];
    })
    .sort((a, b) => Number(b.access.on === 'group') - Number(a.access.on === 'group'));
}
