import { z } from 'zod';
import type { GroupFacts, InstanceFacts, ProjectFacts } from '../domain/access/facts.ts';
import type { OwnerRef } from '../domain/deploy-tokens/deploy-tokens.ts';
import { DEPLOY_TOKEN_SCOPES } from '../domain/deploy-tokens/scopes.ts';
import { type DeployToken, stateOf } from '../domain/deploy-tokens/token.ts';
import type { Services } from '../domain/services.ts';
import type { Links } from '../http/links.ts';
import { json } from '../http/replies/json.ts';
import type { RequestContext } from '../http/route.ts';
import { formatInstant } from '../lib/instant.ts';
import type { ApiRoute } from './api-route.ts';
import { readParameters } from './body.ts';
import { idParameter, parseWith, readQuery } from './parameters.ts';
import { noContent, pageOf, paginated } from './reply.ts';
import { Flag, Instant, listOf, Moment, PageQuery } from './schemas.ts';

type Owned = RequestContext<ProjectFacts> | RequestContext<GroupFacts>;

const Scope = z.enum(DEPLOY_TOKEN_SCOPES);

const ListQuery = PageQuery.extend({
  active: Flag.default(false).describe('`true`: only active tokens; `false`: all tokens'),
});

const NewDeployToken = z.object({
  name: z.string().describe('Name of the token; at most 255 characters, need not be unique'),
  scopes: listOf(Scope).describe('Scopes of the token; also accepted as one comma-separated string'),
  expires_at: Instant.nullish().describe('Expiry: an ISO 8601 date (00:00 UTC) or instant; never if empty or absent'),
  username: z
    .string()
    .nullish()
    .describe(
      'User name to sign in with: letters, digits, `_`, `-`, `+`, `.`; `gitlab+deploy-token-{id}` if empty or absent',
    ),
});

const Shown = z
  .object({
    id: z.int(),
    name: z.string(),
    username: z.string(),
    expires_at: Moment.nullable(),
    scopes: z.array(Scope).describe('Always in canonical order'),
    revoked: z.boolean(),
    expired: z.boolean().describe('True from the instant of expiry'),
  })
  .meta({ id: 'DeployToken' });

const Created = Shown.extend({ token: z.string().describe('The secret. Shown only in this response') }).meta({
  id: 'DeployTokenWithSecret',
});

function createHandlers({ deployTokens }: Services, links: Links, now: () => number) {
  const show = (token: DeployToken): z.output<typeof Shown> => ({
    id: token.id,
    name: token.name,
    username: token.username,
    expires_at: formatInstant(token.expiresAt),
    scopes: token.scopes,
    revoked: token.revokedAt !== null,
    expired: stateOf({ ...token, revokedAt: null }, now()) === 'expired',
  });

  const listAll = async (context: RequestContext<InstanceFacts>) => {
    const { active, ...page } = readQuery(context, ListQuery);
    return paginated(context, links, await deployTokens.list({ active }, pageOf(page)), show);
  };

  const list = async (context: Owned) => {
    const { active, ...page } = readQuery(context, ListQuery);
    const filter = { owner: ownerOf(context), active };
    return paginated(context, links, await deployTokens.list(filter, pageOf(page)), show);
  };

  const get = async (context: Owned) =>
    json(show(await deployTokens.get(ownerOf(context), idParameter(context, 'token_id'))));

  const create = async (context: Owned) => {
    const { name, scopes, username, expires_at } = parseWith(NewDeployToken, await readParameters(context));
    const { token, secret } = await deployTokens.create(
      ownerOf(context),
      { name, scopes, username, expiresAt: expires_at },
      context,
    );
    return json({ ...show(token), token: secret.reveal() } satisfies z.output<typeof Created>, 201);
  };

  const destroy = async (context: Owned) => {
    await deployTokens.destroy(ownerOf(context), idParameter(context, 'token_id'), context);
    return noContent();
  };

  return { listAll, list, create, get, destroy };
}

export function deployTokenRoutes(services: Services, links: Links, now: () => number): ApiRoute[] {
  const { listAll, list, create, get, destroy } = createHandlers(services, links, now);
  return [
    {
      method: 'GET',
      path: '/api/v4/deploy_tokens',
      access: { on: 'instance', permission: 'read_all_deploy_tokens' },
      handler: listAll,
      doc: { ...LIST, summary: 'List all deploy tokens of the instance', description: 'For administrators.' },
    },
    {
      method: 'GET',
      path: '/api/v4/projects/:id/deploy_tokens',
      access: { ...PROJECT, permission: 'read_deploy_token' },
      handler: list,
      doc: { ...LIST, summary: 'List the deploy tokens of a project' },
    },
    {
      method: 'POST',
      path: '/api/v4/projects/:id/deploy_tokens',
      access: { ...PROJECT, permission: 'create_deploy_token' },
      handler: create,
      doc: { ...CREATE, summary: 'Create a deploy token for a project' },
    },
    {
      method: 'GET',
      path: '/api/v4/projects/:id/deploy_tokens/:token_id',
      access: { ...PROJECT, permission: 'read_deploy_token' },
      handler: get,
      doc: { ...GET, summary: 'Get a deploy token of a project' },
    },
    {
      method: 'DELETE',
      path: '/api/v4/projects/:id/deploy_tokens/:token_id',
      access: { ...PROJECT, permission: 'destroy_deploy_token' },
      handler: destroy,
      doc: { ...DELETE, summary: 'Delete a deploy token of a project' },
    },
    {
      method: 'GET',
      path: '/api/v4/groups/:id/deploy_tokens',
      access: { ...GROUP, permission: 'read_deploy_token' },
      handler: list,
      doc: { ...LIST, summary: 'List the deploy tokens of a group' },
    },
    {
      method: 'POST',
      path: '/api/v4/groups/:id/deploy_tokens',
      access: { ...GROUP, permission: 'create_deploy_token' },
      handler: create,
      doc: { ...CREATE, summary: 'Create a deploy token for a group and everything below it' },
    },
    {
      method: 'GET',
      path: '/api/v4/groups/:id/deploy_tokens/:token_id',
      access: { ...GROUP, permission: 'read_deploy_token' },
      handler: get,
      doc: { ...GET, summary: 'Get a deploy token of a group' },
    },
    {
      method: 'DELETE',
      path: '/api/v4/groups/:id/deploy_tokens/:token_id',
      access: { ...GROUP, permission: 'destroy_deploy_token' },
      handler: destroy,
      doc: { ...DELETE, summary: 'Delete a deploy token of a group' },
    },
  ];
}

const PROJECT = { on: 'project', by: 'id', param: 'id' } as const;
const GROUP = { on: 'group', by: 'id', param: 'id' } as const;

const TAG = { tag: 'Deploy tokens' } as const;
const TOKEN_ID = { params: z.object({ token_id: z.int().describe('ID of the deploy token') }) };
const LIST = { ...TAG, query: ListQuery, reply: { status: 200, schema: z.array(Shown), paged: true } } as const;
const GET = { ...TAG, ...TOKEN_ID, reply: { status: 200, schema: Shown } } as const;
const CREATE = {
  ...TAG,
  body: NewDeployToken,
  description: 'The response is the only place that contains the secret: store it.',
  reply: { status: 201, schema: Created },
} as const;
const DELETE = {
  ...TAG,
  ...TOKEN_ID,
  description: 'The token stops working immediately, and its record is deleted.',
  reply: { status: 204 },
} as const;

function ownerOf({ facts }: Owned): OwnerRef {
  return facts.on === 'project'
    ? { kind: 'project', id: facts.project.id, path: facts.project.full_path }
    : { kind: 'group', id: facts.group.id, path: facts.group.full_path };
}
