import type { GroupFacts, ProjectFacts } from '../../../domain/access/facts.ts';
import type { DeployTokenOrder } from '../../../domain/deploy-tokens/deploy-tokens.ts';
import type { DeployToken } from '../../../domain/deploy-tokens/token.ts';
import { PosternError } from '../../../lib/errors.ts';
import { idsOf } from '../../../lib/lineage.ts';
import { listPage } from '../../list-page.ts';
import type { Visit, Web } from '../../page.ts';
import { groupPath } from '../../paths.ts';
import { numberIn, readListQuery } from '../list-query.ts';
import { GROUPS_PAGE, INACTIVE_PAGE, ownerOf, SECTION } from './owner.ts';

const PER_PAGE = 20;
const NEWEST = { by: 'id', direction: 'desc' } as const;

interface TokenList {
  items: DeployToken[];
  page: number;
  perPage: number;
  total: number;
}

/** The token data of the page. */
export interface Tokens {
  active: TokenList;
  /** Those that are over, the newest first. */
  inactive: TokenList;
  /** In a project: the tokens of the groups it is in, which reach it too. */
  fromGroups: TokenList;
  /** The paths of these groups by id, and where their tokens are managed if who asks may. */
  groups: Map<number, { path: string; href: string | null }>;
  /** The user names of who made them, by id. */
  creators: Map<number, string>;
  /** Whichever the address says was just revoked. */
  revoked: DeployToken | null;
  search: string;
  order: DeployTokenOrder;
}

export async function readTokens(web: Web, visit: Visit<ProjectFacts | GroupFacts>): Promise<Tokens> {
  const { deployTokens, users } = web.services;
  const { facts, query } = visit;
  const owner = ownerOf(facts);
  // The address says what is looked for, and in which order: `?search=ci&sort=-expires_at`.
  const { search, order } = readListQuery(query, ['name', 'expires_at', 'last_used_at', 'id'] as const, NEWEST);
  const wanted = search === '' ? {} : { search };
  const read = (filter: Parameters<typeof deployTokens.list>[0], parameter?: string, by: DeployTokenOrder = NEWEST) =>
    listPage(query, PER_PAGE, (page) => deployTokens.list(filter, page, by), parameter);
  // A project's lineage is that of the group it is in.
  const groupIds = facts.on === 'project' && facts.project.namespace_kind === 'group' ? idsOf(facts.lineage) : [];
  const [active, inactive, fromGroups, revoked] = await Promise.all([
    read({ owner, ...wanted, active: true }, undefined, order),
    read({ owner, ...wanted, inactive: true }, INACTIVE_PAGE),
    groupIds.length === 0
      ? { items: [], total: 0, page: 1, perPage: PER_PAGE }
      : read({ groupIds, ...wanted, active: true }, GROUPS_PAGE),
    revokedIn(web, visit),
  ]);
  const all = [...active.items, ...inactive.items];
  const [creators, groups] = await Promise.all([
    users.namesOf(all.flatMap(({ creatorId }) => creatorId ?? [])),
    groupsOf(web, visit, fromGroups.items),
  ]);
  return { active, inactive, fromGroups, groups, creators, search, order, revoked };
}

async function revokedIn({ services }: Web, { facts, query }: Visit<ProjectFacts | GroupFacts>) {
  const id = numberIn(query.get('revoked') ?? undefined);
  return id === null ? null : services.deployTokens.get(ownerOf(facts), id).catch(nullWhenGone);
}

/** For what may be named by an address and be gone. */
export function nullWhenGone(error: unknown): null {
  if (error instanceof PosternError && error.kind === 'not_found') return null;
  throw error;
}

async function groupsOf({ services }: Web, { context, actor: user }: Visit, tokens: readonly DeployToken[]) {
  const ids = [...new Set(tokens.map(({ owner }) => owner.id))];
  const entries = await Promise.all(
    ids.map(async (id) => {
      const facts = await services.access.group(id, user?.id ?? null);
      const path = facts.on === 'group' ? facts.group.full_path : '';
      const manages = context.permitOn(facts, 'read_deploy_token').allow;
      return [id, { path, href: manages ? groupPath(path, `/-/settings/repository#${SECTION}`) : null }] as const;
    }),
  );
  return new Map(entries);
}
