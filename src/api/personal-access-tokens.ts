import { z } from 'zod';
import type { InstanceFacts } from '../domain/access/facts.ts';
import { type PersonalToken, stateOf } from '../domain/personal-tokens/personal-tokens.ts';
import { PERSONAL_SCOPES } from '../domain/personal-tokens/scopes.ts';
import type { Services } from '../domain/services.ts';
import type { Links } from '../http/links.ts';
import { json } from '../http/replies/json.ts';
import type { RequestContext } from '../http/route.ts';
import { forbidden, notFound } from '../lib/errors.ts';
import { formatDay, formatInstant, parseInstant } from '../lib/instant.ts';
import type { ApiRoute } from './api-route.ts';
import { readParameters } from './body.ts';
import { idParameter, parseWith, readQuery, signedIn } from './parameters.ts';
import { noContent, pageOf, paginated } from './reply.ts';
import { Flag, Instant, listOf, Moment, PageQuery, whole } from './schemas.ts';

type OnServer = RequestContext<InstanceFacts>;

const Scope = z.enum(PERSONAL_SCOPES);

const ListQuery = PageQuery.extend({
  user_id: whole().optional().describe('ID of the owner; only administrators can name other users'),
  state: z.enum(['active', 'inactive']).optional(),
  revoked: Flag.optional(),
  search: z.string().optional().describe('Part of the name'),
  created_after: Instant.optional(),
  created_before: Instant.optional(),
  last_used_after: Instant.optional(),
  last_used_before: Instant.optional(),
});

const NewToken = z.object({
  name: z.string(),
  scopes: listOf(Scope),
  description: z.string().nullish(),
  expires_at: Instant.nullish().describe('Expiry; never if empty or absent'),
});

const Rotation = z.object({
  expires_at: Instant.nullish().describe('Expiry of the new token; in seven days if empty or absent'),
});

const Shown = z
  .object({
    id: z.int(),
    name: z.string(),
    revoked: z.boolean(),
    created_at: Moment,
    description: z.string(),
    scopes: z.array(Scope),
    user_id: z.int(),
    last_used_at: Moment.nullable().describe('Delayed by up to one minute'),
    active: z.boolean(),
    expires_at: z.string().meta({ format: 'date' }).nullable(),
  })
  .meta({ id: 'PersonalAccessToken' });

const WithSecret = Shown.extend({ token: z.string().describe('The secret. Shown only in this response') }).meta({
  id: 'PersonalAccessTokenWithSecret',
});

function createHandlers({ users, personalTokens }: Services, links: Links, now: () => number) {
  const show = (token: PersonalToken): z.output<typeof Shown> => ({
    id: token.id,
    name: token.name,
    revoked: token.revokedAt !== null,
    created_at: formatInstant(token.createdAt),
    description: token.description,
    scopes: token.scopes,
    user_id: token.userId,
    last_used_at: formatInstant(token.lastUsedAt),
    active: stateOf({ revoked_at: token.revokedAt, expires_at: token.expiresAt }, now()) === 'active',
    expires_at: formatDay(token.expiresAt),
  });

  /** A token of the caller; a token of another user takes the permission `anyones`. */
  const named = (anyones: 'read_users_in_full' | 'admin_users') => async (context: OnServer) => {
    const anyone = context.permit(anyones).allow;
    const self = signedIn(context).id;
    const token = await personalTokens.get(idParameter(context, 'id'), anyone ? null : self);
    if (token.userId !== self) context.require(anyones);
    return token;
  };
  const presented = (context: OnServer) => {
    const { id, token } = signedIn(context);
    if (!token) throw notFound('personal access token');
    return personalTokens.get(token.id, id);
  };

  const list = async (context: OnServer) => {
    const query = readQuery(context, ListQuery);
    const anyone = context.permit('read_users_in_full').allow;
    const self = signedIn(context).id;
    if (!anyone && query.user_id !== undefined && query.user_id !== self)
      throw forbidden('Only administrators can see the tokens of other users.');
    const bound = (name: `${'created' | 'last_used'}_${'after' | 'before'}`) =>
      query[name] === undefined ? undefined : parseInstant(name, query[name]);
    const filter = {
      userId: query.user_id ?? (anyone ? undefined : self),
      revoked: query.revoked,
      active: query.state && { at: now(), is: query.state === 'active' },
      search: query.search,
      createdAfter: bound('created_after'),
      createdBefore: bound('created_before'),
      lastUsedAfter: bound('last_used_after'),
      lastUsedBefore: bound('last_used_before'),
    };
    return paginated(context, links, await personalTokens.list(filter, pageOf(query)), show);
  };

  const create = async (context: OnServer) => {
    const user = await users.get(idParameter(context, 'id'));
    const { name, scopes, description, expires_at } = parseWith(NewToken, await readParameters(context));
    const request = { name, scopes, description: description ?? '', expiresAt: expires_at };
    const { token, secret } = await personalTokens.create(user, request, context);
    return json({ ...show(token), token: secret.reveal() } satisfies z.output<typeof WithSecret>, 201);
  };

  const rotate = async (context: OnServer) => {
    const old = await named('admin_users')(context);
    const { expires_at } = parseWith(Rotation, await readParameters(context));
    const { token, secret } = await personalTokens.rotate(old, expires_at, context);
    return json({ ...show(token), token: secret.reveal() } satisfies z.output<typeof WithSecret>);
  };

  const get = (find: (context: OnServer) => Promise<PersonalToken>) => async (context: OnServer) =>
    json(show(await find(context)));

  const revoke = (find: (context: OnServer) => Promise<PersonalToken>) => async (context: OnServer) => {
    await personalTokens.revoke(await find(context), context);
    return noContent();
  };

  return {
    list,
    create,
    rotate,
    get: get(named('read_users_in_full')),
    getPresented: get(presented),
    revoke: revoke(named('admin_users')),
    revokePresented: revoke(presented),
  };
}

export function personalAccessTokenRoutes(services: Services, links: Links, now: () => number): ApiRoute[] {
  const handlers = createHandlers(services, links, now);
  return [
    {
      method: 'GET',
      path: '/api/v4/personal_access_tokens',
      access: { on: 'instance', permission: 'read_own_token' },
      handler: handlers.list,
      doc: {
        ...TAG,
        summary: "List the caller's personal access tokens",
        description: 'Administrators see the tokens of all users.',
        query: ListQuery,
        reply: { status: 200, schema: z.array(Shown), paged: true },
      },
    },
    {
      method: 'GET',
      path: '/api/v4/personal_access_tokens/self',
      access: { on: 'instance', permission: 'read_presented_token' },
      handler: handlers.getPresented,
      doc: { ...TAG, ...SELF, summary: 'Get the token used for this request', reply: { status: 200, schema: Shown } },
    },
    {
      method: 'DELETE',
      path: '/api/v4/personal_access_tokens/self',
      access: { on: 'instance', permission: 'revoke_presented_token' },
      handler: handlers.revokePresented,
      doc: { ...TAG, ...SELF, summary: 'Revoke the token used for this request', reply: { status: 204 } },
    },
    {
      method: 'GET',
      path: '/api/v4/personal_access_tokens/:id',
      access: { on: 'instance', permission: 'read_own_token' },
      handler: handlers.get,
      doc: { ...TAG, summary: 'Get a personal access token', reply: { status: 200, schema: Shown } },
    },
    {
      method: 'POST',
      path: '/api/v4/personal_access_tokens/:id/rotate',
      access: { on: 'instance', permission: 'revoke_own_token' },
      handler: handlers.rotate,
      doc: {
        ...TAG,
        summary: 'Rotate a personal access token',
        description:
          'Revokes the token and creates a new one with the same name and scopes. The old token stops working immediately.',
        body: Rotation,
        reply: { status: 200, schema: WithSecret },
      },
    },
    {
      method: 'DELETE',
      path: '/api/v4/personal_access_tokens/:id',
      access: { on: 'instance', permission: 'revoke_own_token' },
      handler: handlers.revoke,
      doc: { ...TAG, summary: 'Revoke a personal access token', reply: { status: 204 } },
    },
    {
      method: 'POST',
      path: '/api/v4/users/:id/personal_access_tokens',
      access: { on: 'instance', permission: 'admin_users' },
      handler: handlers.create,
      doc: {
        ...TAG,
        summary: 'Create a personal access token for a user',
        description: 'For administrators. The secret is only in this response.',
        body: NewToken,
        reply: { status: 201, schema: WithSecret },
      },
    },
  ];
}

const TAG = { tag: 'Personal access tokens' } as const;
const SELF = { description: 'Allowed with any scope.' } as const;
