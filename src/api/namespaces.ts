import { z } from 'zod';
import type { InstanceFacts } from '../domain/access/facts.ts';
import type { Group } from '../domain/groups/groups.ts';
import { ROLES } from '../domain/members/roles.ts';
import type { Services } from '../domain/services.ts';
import type { Links } from '../http/links.ts';
import { json } from '../http/replies/json.ts';
import type { RequestContext } from '../http/route.ts';
import { defined } from '../lib/defined.ts';
import type { ApiRoute } from './api-route.ts';
import { readParameters } from './body.ts';
import { findNamespace } from './namespace-reference.ts';
import { parseWith, readQuery } from './parameters.ts';
import { ShownNamespace } from './project-json.ts';
import { pageOf, paginated } from './reply.ts';
import { PageQuery } from './schemas.ts';
import { StorageFields, StorageLimit, storageFields } from './storage.ts';
import { visibilityFilterOf } from './visibility-filter.ts';

const ListQuery = PageQuery.extend({ search: z.string().optional().describe('Part of a name or path') });

const Shown = ShownNamespace.meta({ id: 'Namespace' });
type Shown = z.output<typeof Shown>;

export function namespaceRoutes(services: Services, links: Links, now: () => number): ApiRoute[] {
  const { groups } = services;
  const stored = storageFields(services);
  const show = (row: Group): Shown => ({
    id: row.id,
    name: row.name,
    path: row.path,
    kind: row.kind,
    full_path: row.full_path,
    parent_id: row.parent_id,
    avatar_url: null,
    web_url: row.kind === 'group' ? links.group(row.full_path) : links.user(row.full_path),
  });

  const list = async (context: RequestContext<InstanceFacts>) => {
    const { search, ...page } = readQuery(context, ListQuery);
    const visibilityFilter = visibilityFilterOf(context, now());
    const filter = {
      ...defined({ search }),
      ...defined({ leastLevel: visibilityFilter.admin ? undefined : ROLES.guest }),
    };
    const rows = await groups.list(visibilityFilter, filter, { by: 'id', direction: 'asc' }, pageOf(page));
    return paginated(context, links, rows, show);
  };

  const get = async (context: RequestContext<InstanceFacts>) => {
    const facts = await findNamespace(services, context, context.params['id'] ?? '');
    context.requireOn(facts, 'read_group');
    if (facts.on !== 'group') throw new Error('a namespace that is not there was allowed');
    return json(show(facts.group));
  };

  /** GitLab's address for what administrators say of groups and personal namespaces alike. */
  const update = async (context: RequestContext<InstanceFacts>) => {
    const { storage_limit } = parseWith(StorageLimit, await readParameters(context));
    const facts = await findNamespace(services, context, context.params['id'] ?? '');
    context.requireOn(facts, 'admin_storage_limit');
    if (facts.on !== 'group') throw new Error('a namespace that is not there was allowed');
    const { group } = facts;
    return json({ ...show(group), ...(await stored.set(context, { storage_limit }, { kind: 'namespace', group })) });
  };

  return [
    {
      method: 'PUT',
      path: '/api/v4/namespaces/:id',
      access: { on: 'instance', permission: 'admin_storage_limit' },
      handler: update,
      doc: {
        tag: 'Groups',
        summary: 'Set the storage limit of a personal namespace or a group',
        description: 'By ID or full path.',
        body: StorageLimit,
        reply: { status: 200, schema: Shown.extend(StorageFields.shape).meta({ id: 'NamespaceWithStorage' }) },
      },
    },
    {
      method: 'GET',
      path: '/api/v4/namespaces/:id',
      access: { on: 'instance', permission: 'read_user' },
      handler: get,
      doc: {
        tag: 'Groups',
        summary: 'Get a personal namespace or a group',
        description: 'By ID or URL-encoded full path. A group needs the permission `read_group`.',
        params: z.object({ id: z.string().describe('ID, or URL-encoded full path') }),
        reply: { status: 200, schema: Shown },
      },
    },
    {
      method: 'GET',
      path: '/api/v4/namespaces',
      access: { on: 'instance', permission: 'read_user' },
      handler: list,
      doc: {
        tag: 'Groups',
        summary: 'List the caller’s personal namespace and the groups where the caller has a role',
        description: 'Administrators see all.',
        query: ListQuery,
        reply: { status: 200, schema: z.array(Shown), paged: true },
      },
    },
  ];
}
