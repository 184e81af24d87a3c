import { z } from 'zod';
import type { InstanceFacts } from '../domain/access/facts.ts';
import type { Group } from '../domain/groups/groups.ts';
import { ROLES } from '../domain/members/roles.ts';
import type { Services } from '../domain/services.ts';
import type { Links } from '../http/links.ts';
import type { Exchange } from '../http/route.ts';
import type { ApiRoute } from './api-route.ts';
import { readQuery } from './parameters.ts';
import { ShownNamespace } from './project-json.ts';
import { pageOf, paginated } from './reply.ts';
import { PageQuery } from './schemas.ts';
import { viewerOf } from './viewer.ts';

const ListQuery = PageQuery.extend({ search: z.string().optional().describe('Part of a name or path') });

const Shown = ShownNamespace.meta({ id: 'Namespace' });
type Shown = z.output<typeof Shown>;

export function namespaceRoutes({ groups }: Services, links: Links, now: () => number): ApiRoute[] {
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

  const list = async (exchange: Exchange<InstanceFacts>) => {
    const { search, ...page } = readQuery(exchange, ListQuery);
    const viewer = viewerOf(exchange, now());
    const filter = {
      ...(search === undefined ? {} : { search }),
      ...(viewer.admin ? {} : { leastLevel: ROLES.guest }),
    };
    const rows = await groups.list(viewer, filter, { by: 'id', direction: 'asc' }, pageOf(page));
    return paginated(exchange, links, rows, show);
  };

  return [
    {
      method: 'GET',
      path: '/api/v4/namespaces',
      access: { on: 'instance', permission: 'read_user' },
      handler: list,
      doc: {
        tag: 'Groups',
        summary: 'List the own personal namespace and the groups in which one has a role',
        description: 'Administrators see all.',
        query: ListQuery,
        reply: { status: 200, schema: z.array(Shown), paged: true },
      },
    },
  ];
}
