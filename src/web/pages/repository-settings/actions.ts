import type { GroupFacts, ProjectFacts } from '../../../domain/access/facts.ts';
import type { DeployToken } from '../../../domain/deploy-tokens/token.ts';
import type { TokenTarget } from '../../../http/setup.ts';
import { notFound } from '../../../lib/errors.ts';
import { parseInstant } from '../../../lib/instant.ts';
import type { Secret } from '../../../lib/secret.ts';
import { Mistake, mistakesOf } from '../../mistakes.ts';
import { once } from '../../once.ts';
import { type Page, redirect, type Visit, type Web } from '../../page.ts';
import { numberIn } from '../list-query.ts';
import { listsIn, type Owner, ownerOf } from './owner.ts';
import { nullWhenGone, readTokens } from './read-tokens.ts';
import { repositorySettingsPage } from './repository-settings-page.tsx';
import { revokePage } from './revoke-page.tsx';

type OwnerVisit = Visit<ProjectFacts | GroupFacts>;

const FIELDS = { name: 'name', username: 'username', scopes: 'scopes' };

/** Makes a token, and answers with the page that shows its secret: in this answer, and in no other. */
export async function createToken(web: Web, visit: OwnerVisit, form: URLSearchParams): Promise<Page> {
  const owner = ownerOf(visit.facts);
  const place = owner.page(listsIn(visit.query));
  try {
    refusePast(form.get('expires_at') ?? '', visit.now);
    const done = await once(web, visit, form, () =>
      web.services.deployTokens.create(owner, requestOf(form), visit.context),
    );
    if ('madeBefore' in done) {
      const madeBefore = await madeBy(web, owner, done.madeBefore);
      return { ...repositorySettingsPage(visit, await readTokens(web, visit), { madeBefore }), status: 409, place };
    }
    const { token, secret } = done.made;
    const setups = web.setups(await targetOf(web, visit, token, secret));
    const page = repositorySettingsPage(visit, await readTokens(web, visit), { created: { token, secret, setups } });
    return { ...page, status: 201, place, secret: true };
  } catch (error) {
    const mistakes = mistakesOf(error, FIELDS);
    if (!mistakes) throw error;
    const page = repositorySettingsPage(visit, await readTokens(web, visit), { typed: { values: form, mistakes } });
    return { ...page, status: 422, place };
  }
}

/** The token that an earlier submission created; null if it was deleted since. */
const madeBy = async ({ services }: Web, owner: Owner, id: number | null): Promise<DeployToken | null> =>
  id === null ? null : services.deployTokens.get(owner, id).catch(nullWhenGone);

const requestOf = (form: URLSearchParams) => ({
  name: form.get('name') ?? '',
  username: form.get('username'),
  expiresAt: form.get('expires_at'),
  scopes: form.getAll('scopes'),
});

/** The API takes dates that are over; who picks one in a calendar has mistaken it. */
function refusePast(text: string, now: number): void {
  if (text !== '' && parseInstant('expires_at', text) <= now)
    throw new Mistake('expires_at', 'This date is not in the future: the token would never work');
}

/**
 * The targets of the setup commands. A group's token clones many projects: the one that was busy last is the example.
 */
async function targetOf(web: Web, visit: OwnerVisit, token: DeployToken, secret: Secret): Promise<TokenTarget> {
  const { username, scopes } = token;
  const { links } = web;
  const base = {
    base: links.base(),
    registry: links.registry(),
    username,
    token: secret.reveal(),
    scopes,
    owner: visit.facts.on,
  };
  const { facts, visibilityFilter } = visit;
  if (facts.on === 'project') {
    const { id, full_path: path, namespace_kind, namespace_id } = facts.project;
    const group =
      namespace_kind === 'group' ? { id: namespace_id, path: path.split('/').slice(0, -1).join('/') } : null;
    return { ...base, project: { id, path }, group };
  }
  const order = { by: 'last_activity_at', direction: 'desc' } as const;
  const below = await web.services.projects.list(visibilityFilter, { lineage: facts.lineage }, order, {
    page: 1,
    perPage: 1,
  });
  const [example] = below.items;
  return {
    ...base,
    project: example ? { id: example.id, path: example.full_path } : null,
    group: { id: facts.group.id, path: facts.group.full_path },
  };
}

/** The page that asks first. A revoked token needs no confirmation. */
export async function askToRevoke({ services }: Web, visit: OwnerVisit): Promise<Page | Response> {
  const owner = ownerOf(visit.facts);
  const token = await services.deployTokens.get(owner, tokenIn(visit));
  return token.revokedAt === null ? revokePage(visit, token) : redirect(owner.tokenPath(token.id));
}

export async function revokeToken({ services }: Web, visit: OwnerVisit): Promise<Response> {
  const owner = ownerOf(visit.facts);
  const { id } = await services.deployTokens.revoke(owner, tokenIn(visit), visit.context);
  const lists = listsIn(visit.query);
  lists.set('revoked', String(id));
  return redirect(owner.page(lists));
}

function tokenIn({ params }: OwnerVisit): number {
  const id = numberIn(params['token_id']);
  if (id === null) throw notFound('deploy token');
  return id;
}
