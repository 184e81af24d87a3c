import type { GroupFacts, ProjectFacts } from '../../../domain/access/facts.ts';
import type { DeployTokenOrder } from '../../../domain/deploy-tokens/deploy-tokens.ts';
import type { DeployToken } from '../../../domain/deploy-tokens/token.ts';
import { PosternError } from '../../../lib/errors.ts';
import { idsOf } from '../../../lib/lineage.ts';
import type { Visit, Web } from '../../page.ts';
import { groupPath } from '../../paths.ts';
import { pageNumber } from '../home/routes.ts';
import { ownerOf, SECTION } from './owner.ts';

const PER_PAGE = 20;

/** What the page shows of the tokens that there are. */
export interface Tokens {
  active: { items: DeployToken[]; page: number; perPage: number; total: number };
  /** The newest of those that are over, and how many there are. */
  inactive: { items: DeployToken[]; total: number };
  /** In a project: the tokens of the groups it is in, which reach it too. */
  fromGroups: { items: DeployToken[]; total: number };
  /** The paths of these groups by id, and where their tokens are managed if who asks may. */
  groups: Map<number, { path: string; href: string | null }>;
  /** The user names of who made them, by id. */
  creators: Map<number, string>;
  /** Whichever the address says was just revoked. */
  revoked: DeployToken | null;
  search: string;
  order: DeployTokenOrder;
}

/** The address says what is looked for, and in which order: `?search=ci&sort=-expires_at`. */
function wishesOf(query: URLSearchParams): { search: string; order: DeployTokenOrder } {
  const sort = query.get('sort') ?? '-id';
  const by = (['name', 'expires_at', 'last_used_at'] as const).find((one) => sort.replace(/^-/, '') === one) ?? 'id';
  return {
    search: (query.get('search') ?? '').trim().slice(0, 255),
    order: { by, direction: sort.startsWith('-') ? 'desc' : 'asc' },
  };
}

export async function readTokens(web: Web, visit: Visit<ProjectFacts | GroupFacts>): Promise<Tokens> {
  const { deployTokens, users } = web.services;
  const { facts, query } = visit;
  const owner = ownerOf(facts);
  const { search, order } = wishesOf(query);
  const filter = { owner, ...(search === '' ? {} : { search }) };
  const newest = { by: 'id', direction: 'desc' } as const;
  const first = { page: 1, perPage: PER_PAGE };
  // A project's lineage is that of the group it is in.
  const groupIds = facts.on === 'project' && facts.project.namespace_kind === 'group' ? idsOf(facts.lineage) : [];
  const [active, inactive, fromGroups] = await Promise.all([
    deployTokens.list({ ...filter, active: true }, { ...first, page: pageNumber(query) }, order),
    deployTokens.list({ ...filter, inactive: true }, first, newest),
    groupIds.length === 0 ? { items: [], total: 0 } : deployTokens.list({ groupIds, active: true }, first, newest),
  ]);
  const ended = query.get('revoked') ?? '';
  const revoked = /^\d{1,15}$/.test(ended) ? await deployTokens.get(owner, Number(ended)).catch(nullWhenGone) : null;
  const all = [...active.items, ...inactive.items, ...fromGroups.items];
  const creators = await users.namesOf(all.flatMap(({ creatorId }) => creatorId ?? []));
  const groups = await groupsOf(web, visit, fromGroups.items);
  return { active, inactive, fromGroups, groups, creators, search, order, revoked };
}

function nullWhenGone(error: unknown): null {
  if (error instanceof PosternError && error.kind === 'not_found') return null;
  throw error;
}

async function groupsOf({ services }: Web, { exchange, user }: Visit, tokens: readonly DeployToken[]) {
  const ids = [...new Set(tokens.map(({ owner }) => owner.id))];
  const entries = await Promise.all(
    ids.map(async (id) => {
      const facts = await services.access.group(id, user?.id ?? null);
      const path = facts.on === 'group' ? facts.group.full_path : '';
      const manages = exchange.permitOn(facts, 'read_deploy_token').allow;
      return [id, { path, href: manages ? groupPath(path, `/-/settings/repository#${SECTION}`) : null }] as const;
    }),
  );
  return new Map(entries);
}
