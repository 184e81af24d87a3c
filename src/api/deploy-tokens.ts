import { z } from 'zod';
import type { GroupFacts, InstanceFacts, ProjectFacts } from '../domain/access/facts.ts';
import type { OwnerRef } from '../domain/deploy-tokens/deploy-tokens.ts';
import { DEPLOY_TOKEN_SCOPES } from '../domain/deploy-tokens/scopes.ts';
import { type DeployToken, stateOf } from '../domain/deploy-tokens/token.ts';
import type { Services } from '../domain/services.ts';
import type { Links } from '../http/links.ts';
import type { Exchange, Route } from '../http/route.ts';
import { formatInstant } from '../lib/instant.ts';
import { readParameters } from './body.ts';
import { idParameter, parseWith } from './parameters.ts';
import { json, noContent, pageRequest, paginated } from './reply.ts';

type Owned = Exchange<ProjectFacts> | Exchange<GroupFacts>;

/** Scopes come as a list or as a text with commas; `expires_at` and `username` may be empty, which is as if they were not there. */
const NewDeployToken = z.object({
  name: z.string(),
  scopes: z.preprocess(
    (value) =>
      typeof value === 'string'
        ? value
            .split(',')
            .map((s) => s.trim())
            .filter(Boolean)
        : value,
    z.array(z.enum(DEPLOY_TOKEN_SCOPES)),
  ),
  expires_at: z.string().nullish(),
  username: z.string().nullish(),
});

export function deployTokenRoutes({ deployTokens }: Services, links: Links, now: () => number): Route[] {
  const show = (token: DeployToken) => ({
    id: token.id,
    name: token.name,
    username: token.username,
    expires_at: formatInstant(token.expiresAt),
    scopes: token.scopes,
    revoked: token.revokedAt !== null,
    expired: stateOf({ ...token, revokedAt: null }, now()) === 'expired',
  });

  const listAll = async (exchange: Exchange<InstanceFacts>) =>
    paginated(
      exchange,
      links,
      await deployTokens.list({ active: isActive(exchange) }, pageRequest(exchange.query)),
      show,
    );

  const list = async (exchange: Owned) => {
    const filter = { owner: ownerOf(exchange), active: isActive(exchange) };
    return paginated(exchange, links, await deployTokens.list(filter, pageRequest(exchange.query)), show);
  };

  const get = async (exchange: Owned) =>
    json(show(await deployTokens.get(ownerOf(exchange), idParameter(exchange, 'token_id'))));

  const create = async (exchange: Owned) => {
    const { name, scopes, username, expires_at } = parseWith(NewDeployToken, await readParameters(exchange));
    const { token, secret } = await deployTokens.create(
      ownerOf(exchange),
      { name, scopes, username, expiresAt: expires_at },
      exchange.doer,
    );
    return json({ ...show(token), token: secret.reveal() }, 201);
  };

  const destroy = async (exchange: Owned) => {
    await deployTokens.destroy(ownerOf(exchange), idParameter(exchange, 'token_id'), exchange.doer);
    return noContent();
  };

  const project = { on: 'project', by: 'id', param: 'id' } as const;
  const group = { on: 'group', by: 'id', param: 'id' } as const;
  return [
    {
      method: 'GET',
      path: '/api/v4/deploy_tokens',
      access: { on: 'instance', permission: 'read_all_deploy_tokens' },
      handler: listAll,
    },
    {
      method: 'GET',
      path: '/api/v4/projects/:id/deploy_tokens',
      access: { ...project, permission: 'read_deploy_token' },
      handler: list,
    },
    {
      method: 'POST',
      path: '/api/v4/projects/:id/deploy_tokens',
      access: { ...project, permission: 'create_deploy_token' },
      handler: create,
    },
    {
      method: 'GET',
      path: '/api/v4/projects/:id/deploy_tokens/:token_id',
      access: { ...project, permission: 'read_deploy_token' },
      handler: get,
    },
    {
      method: 'DELETE',
      path: '/api/v4/projects/:id/deploy_tokens/:token_id',
      access: { ...project, permission: 'destroy_deploy_token' },
      handler: destroy,
    },
    {
      method: 'GET',
      path: '/api/v4/groups/:id/deploy_tokens',
      access: { ...group, permission: 'read_deploy_token' },
      handler: list,
    },
    {
      method: 'POST',
      path: '/api/v4/groups/:id/deploy_tokens',
      access: { ...group, permission: 'create_deploy_token' },
      handler: create,
    },
    {
      method: 'GET',
      path: '/api/v4/groups/:id/deploy_tokens/:token_id',
      access: { ...group, permission: 'read_deploy_token' },
      handler: get,
    },
    {
      method: 'DELETE',
      path: '/api/v4/groups/:id/deploy_tokens/:token_id',
      access: { ...group, permission: 'destroy_deploy_token' },
      handler: destroy,
    },
  ];
}

/** `active=false` is no filter, as in GitLab: it does not list the dead ones. */
const isActive = ({ query }: Exchange<unknown>) => /^(true|1)$/.test(query.get('active') ?? '');

function ownerOf({ facts }: Owned): OwnerRef {
  return facts.on === 'project'
    ? { kind: 'project', id: facts.project.id, path: facts.project.full_path }
    : { kind: 'group', id: facts.group.id, path: facts.group.full_path };
}
