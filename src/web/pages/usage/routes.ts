import type { GroupFacts, ProjectFacts } from '../../../domain/access/facts.ts';
import type { DayOfUse, UsageSubject } from '../../../domain/usage/usage-counts.ts';
import type { Route } from '../../../http/route.ts';
import { notFound } from '../../../lib/errors.ts';
import { type Page, pageRow, type Visit, type Web } from '../../page.ts';
import { FULL_PATH } from '../../paths.ts';
import { ownerOf } from '../repository-settings/owner.ts';
import { projectUsagePage } from './project-usage-page.tsx';
import { tokenPage } from './token-page.tsx';

const DAYS = 30;

/**
 * How much a project, and a deploy token, was used. It is for those who manage the tokens: it tells what the machines
 * do.
 */
export function usageRoutes(web: Web): Route[] {
  const read = { by: 'path', param: 'path', permission: 'read_deploy_token' } as const;
  const token = (visit: Visit<ProjectFacts | GroupFacts>) => showToken(web, visit);
  return [
    pageRow(web, `/groups/${FULL_PATH}/-/deploy_tokens/:token_id`, { on: 'group', ...read }, token),
    pageRow(web, `/${FULL_PATH}/-/deploy_tokens/:token_id`, { on: 'project', ...read }, token),
    pageRow(web, `/${FULL_PATH}/-/usage`, { on: 'project', ...read }, async (visit) =>
      projectUsagePage(visit, await daysOf(web, 'project', visit.facts.project.id)),
    ),
  ];
}

async function showToken(web: Web, visit: Visit<ProjectFacts | GroupFacts>): Promise<Page> {
  const id = visit.params['token_id'] ?? '';
  if (!/^\d{1,15}$/.test(id)) throw notFound('deploy token');
  const token = await web.services.deployTokens.get(ownerOf(visit.facts), Number(id));
  const creators = await web.services.users.namesOf(token.creatorId === null ? [] : [token.creatorId]);
  const creator = creators.get(token.creatorId ?? 0) ?? null;
  return tokenPage(visit, { token, creator, days: await daysOf(web, 'token', token.id) });
}

const daysOf = async ({ services }: Web, kind: UsageSubject, id: number): Promise<DayOfUse[]> =>
  (await services.usage.lastDays(kind, [id], DAYS)).get(id) ?? [];
