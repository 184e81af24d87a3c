import { z } from 'zod';
import type { GroupFacts, ProjectFacts } from '../domain/access/facts.ts';
import type { Member, MemberOwner } from '../domain/members/members.ts';
import { ROLES } from '../domain/members/roles.ts';
import type { Services } from '../domain/services.ts';
import type { Links } from '../http/links.ts';
import { json } from '../http/replies/json.ts';
import type { RequestContext } from '../http/route.ts';
import { defined } from '../lib/defined.ts';
import { formatDay, formatInstant } from '../lib/instant.ts';
import type { ApiRoute } from './api-route.ts';
import { readParameters } from './body.ts';
import { idParameter, parseWith, readQuery } from './parameters.ts';
import { noContent, pageOf, paginated } from './reply.ts';
import { Instant, listOf, Moment, PageQuery, whole } from './schemas.ts';

type Owned = RequestContext<ProjectFacts> | RequestContext<GroupFacts>;

const Level = whole()
  .pipe(z.literal(Object.values(ROLES)))
  .describe('10 guest, 20 reporter, 30 developer, 40 maintainer, 50 owner; at most the caller’s own role');
const Expiry = Instant.nullish().describe('End of the membership; never if empty or absent');

const NewMember = z.object({
  user_id: whole().describe('ID of the user'),
  access_level: Level,
  expires_at: Expiry,
});
const MemberChange = z.object({
  access_level: Level,
  expires_at: Expiry.describe('Unchanged if absent; never if empty'),
});

const ListQuery = PageQuery.extend({
  query: z.string().optional().describe('Part of a name or user name'),
  user_ids: listOf(whole()).optional().describe('Only these users'),
});

const Person = z.object({ id: z.int(), username: z.string(), name: z.string(), web_url: z.string() });

const Shown = Person.extend({
  state: z.enum(['active', 'blocked']),
  avatar_url: z.null(),
  access_level: z.int(),
  created_at: Moment,
  created_by: Person.nullable(),
  expires_at: z.string().nullable().describe('Date on which the membership ends, at 00:00 UTC'),
  membership_state: z.literal('active'),
}).meta({ id: 'Member' });

function createHandlers({ members }: Services, links: Links) {
  const person = (id: number, { username, name }: { username: string; name: string }) => ({
    id,
    username,
    name,
    web_url: links.user(username),
  });
  const show = (member: Member): z.output<typeof Shown> => ({
    ...person(member.userId, member),
    state: member.blocked ? 'blocked' : 'active',
    avatar_url: null,
    access_level: member.level,
    created_at: formatInstant(member.createdAt),
    created_by: member.createdBy && person(member.createdBy.id, member.createdBy),
    expires_at: formatDay(member.expiresAt),
    membership_state: 'active',
  });

  const list = (which: 'list' | 'listAll') => async (context: Owned) => {
    const { query, user_ids, ...page } = readQuery(context, ListQuery);
    const filter = defined({ search: query, userIds: user_ids });
    return paginated(context, links, await members[which](ownerOf(context), filter, pageOf(page)), show);
  };

  const get = (which: 'get' | 'getAll') => async (context: Owned) =>
    json(show(await members[which](ownerOf(context), idParameter(context, 'user_id'))));

  const add = async (context: Owned) => {
    const body = parseWith(NewMember, await readParameters(context));
    const request = { level: body.access_level, expiresAt: body.expires_at };
    return json(show(await members.add(ownerOf(context), body.user_id, request, context)), 201);
  };

  const update = async (context: Owned) => {
    const body = parseWith(MemberChange, await readParameters(context));
    const request = { level: body.access_level, expiresAt: body.expires_at };
    const userId = idParameter(context, 'user_id');
    return json(show(await members.update(ownerOf(context), userId, request, context)));
  };

  const remove = async (context: Owned) => {
    await members.remove(ownerOf(context), idParameter(context, 'user_id'), context);
    return noContent();
  };

  return { list: list('list'), listAll: list('listAll'), get: get('get'), getAll: get('getAll'), add, update, remove };
}

export function memberRoutes(services: Services, links: Links): ApiRoute[] {
  const handlers = createHandlers(services, links);
  return (['project', 'group'] as const).flatMap((on) => targetRoutes(on, handlers));
}

function targetRoutes(on: 'project' | 'group', handlers: ReturnType<typeof createHandlers>): ApiRoute[] {
  const path = `/api/v4/${on}s/:id/members`;
  // The rows are the same for both; that each handler takes either is what lets them be written once.
  const access = (permission: 'read_member' | 'admin_member') =>
    ({ on, by: 'id', param: 'id', permission }) as {
      on: 'project';
      by: 'id';
      param: 'id';
      permission: typeof permission;
    };
  return [
    {
      method: 'GET',
      path,
      access: access('read_member'),
      handler: handlers.list,
      doc: { ...LIST, summary: `List the direct members of a ${on}` },
    },
    {
      method: 'POST',
      path,
      access: access('admin_member'),
      handler: handlers.add,
      doc: { ...TAG, summary: `Add a member to a ${on}`, body: NewMember, reply: { status: 201, schema: Shown } },
    },
    {
      method: 'GET',
      path: `${path}/all`,
      access: access('read_member'),
      handler: handlers.listAll,
      doc: {
        ...LIST,
        summary: `List direct and inherited members of a ${on}`,
        description: 'Includes roles from parent groups; each user appears once, with the highest role.',
      },
    },
    {
      method: 'GET',
      path: `${path}/all/:user_id`,
      access: access('read_member'),
      handler: handlers.getAll,
      doc: { ...ONE, summary: `Get a direct or inherited member of a ${on}` },
    },
    {
      method: 'GET',
      path: `${path}/:user_id`,
      access: access('read_member'),
      handler: handlers.get,
      doc: { ...ONE, summary: `Get a direct member of a ${on}` },
    },
    {
      method: 'PUT',
      path: `${path}/:user_id`,
      access: access('admin_member'),
      handler: handlers.update,
      doc: { ...ONE, summary: `Change the role of a member of a ${on}`, body: MemberChange },
    },
    {
      method: 'DELETE',
      path: `${path}/:user_id`,
      access: access('admin_member'),
      handler: handlers.remove,
      doc: { ...TAG, ...USER_ID, summary: `Remove a member from a ${on}`, reply: { status: 204 } },
    },
  ];
}

const TAG = { tag: 'Members' } as const;
const USER_ID = { params: z.object({ user_id: z.int().describe('ID of the user') }) };
const LIST = { ...TAG, query: ListQuery, reply: { status: 200, schema: z.array(Shown), paged: true } } as const;
const ONE = { ...TAG, ...USER_ID, reply: { status: 200, schema: Shown } } as const;

function ownerOf({ facts }: Owned): MemberOwner {
  return facts.on === 'project' ? { kind: 'project', id: facts.project.id } : { kind: 'group', id: facts.group.id };
}
