import { z } from 'zod';
import type { InstanceFacts } from '../domain/access/facts.ts';
import type { Services } from '../domain/services.ts';
import type { User } from '../domain/users/users.ts';
import type { Links } from '../http/links.ts';
import { json } from '../http/replies/json.ts';
import type { RequestContext } from '../http/route.ts';
import { forbidden, invalidParameter } from '../lib/errors.ts';
import { formatInstant } from '../lib/instant.ts';
import type { ApiRoute } from './api-route.ts';
import { readParameters } from './body.ts';
import { idParameter, parseWith, readQuery, signedIn } from './parameters.ts';
import { pageOf, paginated } from './reply.ts';
import { Flag, Moment, PageQuery } from './schemas.ts';

type OnServer = RequestContext<InstanceFacts>;

const ListQuery = PageQuery.extend({
  username: z.string().optional().describe('Exact user name, case-insensitive'),
  search: z.string().optional().describe('Part of the name or user name, or the exact e-mail address'),
  active: Flag.optional().describe('`true`: only users who are not blocked'),
  blocked: Flag.optional().describe('`true`: only blocked users'),
});

const NewUser = z.object({
  email: z.string(),
  name: z.string(),
  username: z.string(),
  password: z.string().nullish().describe('8 to 128 characters'),
  force_random_password: Flag.nullish().describe(
    'Instead of a password: nobody can sign in with a password until one is set',
  ),
  admin: Flag.nullish(),
});

const Shown = z
  .object({
    id: z.int(),
    username: z.string(),
    name: z.string(),
    state: z.enum(['active', 'blocked']),
    locked: z.boolean().describe('Always false: failed sign-ins are slowed down and never lock an account'),
    avatar_url: z.null(),
    web_url: z.string(),
    created_at: Moment,
  })
  .meta({ id: 'User' });

/** Properties of one's own account that users see, and administrators of everyone. */
const ShownInFull = Shown.extend({
  email: z.string(),
  is_admin: z.boolean(),
  can_create_group: z.boolean(),
  can_create_project: z.boolean(),
}).meta({ id: 'UserInFull' });

const MembershipQuery = PageQuery.extend({ type: z.enum(['Project', 'Namespace']).optional() });

const ShownMembership = z
  .object({
    source_id: z.int(),
    source_name: z.string(),
    source_type: z.enum(['Project', 'Namespace']).describe('`Namespace`: a group'),
    access_level: z.int(),
  })
  .meta({ id: 'Membership' });

function createHandlers({ users, members }: Services, links: Links) {
  const show = (user: User): z.output<typeof Shown> => ({
    id: user.id,
    username: user.username,
    name: user.name,
    state: user.blocked ? 'blocked' : 'active',
    locked: false,
    avatar_url: null,
    web_url: links.user(user.username),
    created_at: formatInstant(user.createdAt),
  });
  const showInFull = (user: User): z.output<typeof ShownInFull> => ({
    ...show(user),
    email: user.email,
    is_admin: user.admin,
    can_create_group: true,
    can_create_project: true,
  });
  const showTo = (context: OnServer) => (context.permit('read_users_in_full').allow ? showInFull : show);

  const self = async (context: OnServer) => json(showInFull(await users.get(signedIn(context).id)));

  const list = async (context: OnServer) => {
    const { username, search, active, blocked, ...page } = readQuery(context, ListQuery);
    const filter = { username, search, blocked: blocked ? true : active ? false : undefined };
    return paginated(context, links, await users.list(filter, pageOf(page)), showTo(context));
  };

  const get = async (context: OnServer) => json(showTo(context)(await users.get(idParameter(context, 'id'))));

  const create = async (context: OnServer) => {
    const { password, force_random_password, admin, ...rest } = parseWith(NewUser, await readParameters(context));
    if (!password && !force_random_password)
      throw invalidParameter(NO_PASSWORD, 'This server sends no e-mail, so the user could not set a password.');
    const request = { ...rest, password: password || null, admin: admin ?? false };
    return json(showInFull(await users.create(request, context)), 201);
  };

  const setBlocked = (blocked: boolean) => async (context: OnServer) => {
    const id = idParameter(context, 'id');
    if (id === signedIn(context).id) throw forbidden("You can't block or unblock yourself.");
    const changed = await users.setBlocked(id, blocked, context);
    // GitLab answers `null` for a user who is blocked already.
    return json(blocked && !changed ? null : true, 201);
  };

  const memberships = async (context: OnServer) => {
    const { type, ...query } = readQuery(context, MembershipQuery);
    const { id } = await users.get(idParameter(context, 'id'));
    const kind = type === undefined ? null : type === 'Project' ? 'project' : 'group';
    const page = await members.listOf(id, kind, pageOf(query));
    return paginated(
      context,
      links,
      page,
      (row): z.output<typeof ShownMembership> => ({
        source_id: row.project_id ?? row.namespace_id ?? 0,
        source_name: row.name,
        source_type: row.project_id === null ? 'Namespace' : 'Project',
        access_level: row.access_level,
      }),
    );
  };

  return { self, list, create, get, setBlocked, memberships };
}

export function userRoutes(services: Services, links: Links): ApiRoute[] {
  const { self, list, create, get, setBlocked, memberships } = createHandlers(services, links);
  return [
    {
      method: 'GET',
      path: '/api/v4/user',
      access: { on: 'instance', permission: 'read_user' },
      handler: self,
      doc: { ...TAG, summary: 'Get the current user', reply: { status: 200, schema: ShownInFull } },
    },
    {
      method: 'GET',
      path: '/api/v4/users',
      access: { on: 'instance', permission: 'read_user' },
      handler: list,
      doc: {
        ...TAG,
        summary: 'List users',
        description: 'Administrators see all properties.',
        query: ListQuery,
        reply: { status: 200, schema: z.array(z.union([Shown, ShownInFull])), paged: true },
      },
    },
    {
      method: 'POST',
      path: '/api/v4/users',
      access: { on: 'instance', permission: 'admin_users' },
      handler: create,
      doc: {
        ...TAG,
        summary: 'Create a user',
        description: 'For administrators. Either `password` or `force_random_password` is required.',
        body: NewUser,
        reply: { status: 201, schema: ShownInFull },
      },
    },
    {
      method: 'GET',
      path: '/api/v4/users/:id',
      access: { on: 'instance', permission: 'read_user' },
      handler: get,
      doc: { ...TAG, summary: 'Get a user', reply: { status: 200, schema: z.union([Shown, ShownInFull]) } },
    },
    {
      method: 'GET',
      path: '/api/v4/users/:id/memberships',
      access: { on: 'instance', permission: 'read_users_in_full' },
      handler: memberships,
      doc: {
        ...TAG,
        summary: 'List the groups and projects that a user is a member of',
        description: 'For administrators. Roles that are inherited from a group above are not listed.',
        query: MembershipQuery,
        reply: { status: 200, schema: z.array(ShownMembership), paged: true },
      },
    },
    {
      method: 'POST',
      path: '/api/v4/users/:id/block',
      access: { on: 'instance', permission: 'admin_users' },
      handler: setBlocked(true),
      doc: {
        ...TAG,
        summary: 'Block a user',
        description:
          "For administrators. The user's password and tokens stop working immediately. Deploy tokens the user created keep working. The response is `null` for a user who was blocked already.",
        reply: { status: 201, schema: z.literal(true).nullable() },
      },
    },
    {
      method: 'POST',
      path: '/api/v4/users/:id/unblock',
      access: { on: 'instance', permission: 'admin_users' },
      handler: setBlocked(false),
      doc: {
        ...TAG,
        summary: 'Unblock a user',
        description: 'For administrators. Tokens that were not revoked work again.',
        reply: { status: 201, schema: z.literal(true) },
      },
    },
  ];
}

const TAG = { tag: 'Users' } as const;
const NO_PASSWORD = 'password, force_random_password are missing, at least one parameter must be provided';
