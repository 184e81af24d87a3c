import { z } from 'zod';
import type { GroupFacts, InstanceFacts } from '../domain/access/facts.ts';
import type { Group, GroupFilter } from '../domain/groups/groups.ts';
import { ROLES } from '../domain/members/roles.ts';
import type { Services } from '../domain/services.ts';
import { VISIBILITIES } from '../domain/visibility.ts';
import type { Links } from '../http/links.ts';
import { json } from '../http/replies/json.ts';
import type { RequestContext } from '../http/route.ts';
import { defined } from '../lib/defined.ts';
import { formatInstant } from '../lib/instant.ts';
import type { ApiRoute } from './api-route.ts';
import { readParameters } from './body.ts';
import { parseWith, readQuery } from './parameters.ts';
import { ProjectListQuery, projectFilterOf, projectOrderOf, projectPresenter, ShownProject } from './project-json.ts';
import { accepted, pageOf, paginated } from './reply.ts';
import { Flag, listOf, Moment, PageQuery, whole } from './schemas.ts';
import { StatisticsQuery, StorageFields, StorageLimit, storageFields } from './storage.ts';
import { visibilityFilterOf } from './visibility-filter.ts';

const Visibility = z.enum(VISIBILITIES);

const NewGroup = z.object({
  name: z.string().describe('Display name'),
  path: z.string().describe('Last part of the address: letters, digits, `_`, `-` and `.`'),
  description: z.string().nullish(),
  visibility: Visibility.nullish().describe('At most the visibility of the parent group; `private` if absent'),
  parent_id: whole().nullish().describe('ID of the parent group; a top-level group if absent'),
});

const GroupChange = z.object({
  ...StorageLimit.shape,
  name: z.string().nullish(),
  path: z.string().nullish().describe('The old path then redirects to the new one'),
  description: z.string().nullish(),
  visibility: Visibility.nullish(),
});

const Transfer = z.object({
  group_id: whole().nullish().describe('ID of the new parent group; a top-level group if absent'),
});

const ListQuery = PageQuery.extend({
  search: z.string().optional().describe('Part of a name or path'),
  skip_groups: listOf(whole()).optional().describe('IDs of groups to leave out'),
  owned: Flag.default(false).describe('Only those owned by the caller'),
  all_available: Flag.default(true).describe('`false`: only groups where the caller has a role, and their subgroups'),
  min_access_level: whole(z.int()).optional().describe('Only those where the caller has at least this role'),
  top_level_only: Flag.default(false).describe('Only top-level groups'),
  visibility: Visibility.optional(),
  order_by: z.enum(['name', 'path', 'id']).default('name'),
  sort: z.enum(['asc', 'desc']).default('asc'),
});

const GroupProjectsQuery = ProjectListQuery.extend({
  include_subgroups: Flag.default(false).describe('Include the projects of subgroups'),
});

const Shown = z
  .object({
    id: z.int(),
    web_url: z.string(),
    name: z.string(),
    path: z.string(),
    description: z.string(),
    visibility: Visibility,
    avatar_url: z.null(),
    full_name: z.string().describe('Names from the top-level group down: `Company / Team`'),
    full_path: z.string(),
    parent_id: z.int().nullable(),
    created_at: Moment,
  })
  .meta({ id: 'Group' });

/** Which groups a list has: those directly in a group, or at any depth in the group of a lineage. */
type Place = { parentId?: number; below?: string };

function createHandlers(services: Services, links: Links, now: () => number) {
  const { groups, projects } = services;
  const { showProject } = projectPresenter(links);
  const stored = storageFields(services);
  const show = (group: Group, fullName: string): z.output<typeof Shown> => ({
    id: group.id,
    web_url: links.group(group.full_path),
    name: group.name,
    path: group.path,
    description: group.description,
    visibility: group.visibility,
    avatar_url: null,
    full_name: fullName,
    full_path: group.full_path,
    parent_id: group.parent_id,
    created_at: formatInstant(group.created_at),
  });
  const showOne = async (group: Group) => show(group, (await groups.fullNames([group])).get(group.id) ?? group.name);

  const listIn = async (context: RequestContext<InstanceFacts> | RequestContext<GroupFacts>, place: Place = {}) => {
    const query = readQuery(context, ListQuery);
    const filter = { ...filterOf(query), ...place };
    const order = { by: query.order_by, direction: query.sort };
    const page = await groups.list(visibilityFilterOf(context, now()), filter, order, pageOf(query));
    const names = await groups.fullNames(page.items);
    return paginated(context, links, page, (group) => show(group, names.get(group.id) ?? group.name));
  };

  const list = (context: RequestContext<InstanceFacts>) => listIn(context);
  const listBelow = (context: RequestContext<GroupFacts>) => listIn(context, { parentId: context.facts.group.id });
  const listAllBelow = (context: RequestContext<GroupFacts>) => listIn(context, { below: context.facts.lineage });

  const create = async (context: RequestContext<InstanceFacts>) => {
    const { parent_id, ...body } = parseWith(NewGroup, await readParameters(context));
    const parent = parent_id == null ? null : await services.access.group(parent_id, context.userId);
    if (parent) context.requireOn(parent, 'create_subgroup');
    const group = parent?.on === 'group' ? parent.group : null;
    const request = { ...body, description: body.description ?? '', visibility: body.visibility ?? undefined };
    return json(await showOne(await groups.create(group, request, context)), 201);
  };

  const update = async (context: RequestContext<GroupFacts>) => {
    const { storage_limit, ...body } = parseWith(GroupChange, await readParameters(context));
    const { group } = context.facts;
    stored.maySet(context, { storage_limit });
    const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value != null));
    const after = await groups.update(group, given, context);
    const fields = await stored.set(context, { storage_limit }, { kind: 'namespace', group: after });
    return json({ ...(await showOne(after)), ...fields });
  };

  const get = async (context: RequestContext<GroupFacts>) => {
    const { group } = context.facts;
    const { statistics } = readQuery(context, StatisticsQuery);
    const fields = await stored.showIfAsked(context, statistics, { kind: 'namespace', group });
    return json({ ...(await showOne(group)), ...fields });
  };

  const destroy = async (context: RequestContext<GroupFacts>) => {
    await groups.destroy(context.facts.group, context);
    return accepted();
  };

  const transfer = async (context: RequestContext<GroupFacts>) => {
    const { group_id } = parseWith(Transfer, await readParameters(context));
    const parent = group_id == null ? null : await services.access.group(group_id, context.userId);
    if (parent) context.requireOn(parent, 'create_subgroup');
    else context.requireOn({ on: 'instance' }, 'create_group');
    const to = parent?.on === 'group' ? parent.group : null;
    return json(await showOne(await groups.transfer(context.facts.group, to, context)), 201);
  };

  const listProjects = async (context: RequestContext<GroupFacts>) => {
    const query = readQuery(context, GroupProjectsQuery);
    const { id, lineage } = context.facts.group;
    const filter = { ...projectFilterOf(query), ...(query.include_subgroups ? { lineage } : { namespaceId: id }) };
    const page = await projects.list(visibilityFilterOf(context, now()), filter, projectOrderOf(query), pageOf(query));
    return paginated(context, links, page, showProject(query.simple));
  };

  return { list, create, get, update, destroy, listBelow, listAllBelow, listProjects, transfer };
}

export function groupRoutes(services: Services, links: Links, now: () => number): ApiRoute[] {
  const handlers = createHandlers(services, links, now);
  const { list, create, get, update, destroy, listBelow, listAllBelow, listProjects, transfer } = handlers;
  return [
    {
      method: 'GET',
      path: '/api/v4/groups',
      access: { on: 'instance', permission: 'list_projects' },
      handler: list,
      doc: { ...LIST, summary: 'List the groups the caller can see' },
    },
    {
      method: 'POST',
      path: '/api/v4/groups',
      access: { on: 'instance', permission: 'create_group' },
      handler: create,
      doc: {
        ...TAG,
        summary: 'Create a group',
        description:
          'The creator of a top-level group becomes its owner. A subgroup needs the permission `create_subgroup` in the parent group.',
        body: NewGroup,
        reply: { status: 201, schema: Shown },
      },
    },
    {
      method: 'GET',
      path: '/api/v4/groups/:id',
      access: { ...GROUP, permission: 'read_group' },
      handler: get,
      doc: { ...TAG, summary: 'Get a group', query: StatisticsQuery, reply: WITH_STORAGE },
    },
    {
      method: 'PUT',
      path: '/api/v4/groups/:id',
      access: { ...GROUP, permission: 'admin_group' },
      handler: update,
      doc: { ...TAG, summary: 'Change a group', body: GroupChange, reply: WITH_STORAGE },
    },
    {
      method: 'DELETE',
      path: '/api/v4/groups/:id',
      access: { ...GROUP, permission: 'remove_group' },
      handler: destroy,
      doc: { ...TAG, summary: 'Delete a group and everything in it', reply: ACCEPTED },
    },
    {
      method: 'GET',
      path: '/api/v4/groups/:id/subgroups',
      access: { ...GROUP, permission: 'read_group' },
      handler: listBelow,
      doc: { ...LIST, summary: 'List the direct subgroups of a group' },
    },
    {
      method: 'GET',
      path: '/api/v4/groups/:id/descendant_groups',
      access: { ...GROUP, permission: 'read_group' },
      handler: listAllBelow,
      doc: { ...LIST, summary: 'List the subgroups of a group at any depth' },
    },
    {
      method: 'GET',
      path: '/api/v4/groups/:id/projects',
      access: { ...GROUP, permission: 'read_group' },
      handler: listProjects,
      doc: {
        ...TAG,
        summary: 'List the projects of a group',
        query: GroupProjectsQuery,
        reply: { status: 200, schema: z.array(ShownProject), paged: true },
      },
    },
    {
      method: 'POST',
      path: '/api/v4/groups/:id/transfer',
      access: { ...GROUP, permission: 'admin_group' },
      handler: transfer,
      doc: {
        ...TAG,
        summary: 'Move a group into another group, or to the top level level',
        description:
          'Needs the permission `create_subgroup` in the new parent group. The old paths then redirect to the new ones.',
        body: Transfer,
        reply: { status: 201, schema: Shown },
      },
    },
  ];
}

const GROUP = { on: 'group', by: 'id', param: 'id' } as const;
const TAG = { tag: 'Groups' } as const;
const WITH_STORAGE = { status: 200, schema: Shown.extend(StorageFields.shape).meta({ id: 'GroupWithStorage' }) };
const LIST = { ...TAG, query: ListQuery, reply: { status: 200, schema: z.array(Shown), paged: true } } as const;
const ACCEPTED = { status: 202, schema: z.object({ message: z.string() }) };

function filterOf(query: z.output<typeof ListQuery>): GroupFilter {
  const { search, skip_groups: skip, visibility, owned, min_access_level, all_available, top_level_only } = query;
  const least = owned ? ROLES.owner : (min_access_level ?? (all_available ? undefined : ROLES.guest));
  return {
    kind: 'group',
    ...defined({ search, skip, visibility, leastLevel: least, parentId: top_level_only ? null : undefined }),
  };
}
