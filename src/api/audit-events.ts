import { z } from 'zod';
import type { Facts, GroupFacts, InstanceFacts, ProjectFacts } from '../domain/access/facts.ts';
import type { AuditEvent } from '../domain/audit/audit.ts';
import type { AuditAuthor } from '../domain/audit/author.ts';
import type { Services } from '../domain/services.ts';
import type { Links } from '../http/links.ts';
import { json } from '../http/replies/json.ts';
import type { RequestContext } from '../http/route.ts';
import { defined } from '../lib/defined.ts';
import { notFound } from '../lib/errors.ts';
import { formatInstant, parseInstant } from '../lib/instant.ts';
import type { ApiRoute } from './api-route.ts';
import { idParameter, readQuery } from './parameters.ts';
import { pageOf, paginated } from './reply.ts';
import { Instant, Moment, PageQuery } from './schemas.ts';

type Audited = RequestContext<InstanceFacts> | RequestContext<ProjectFacts> | RequestContext<GroupFacts>;

const ListQuery = PageQuery.extend({
  created_after: Instant.optional().describe('Only events at or after this date or instant'),
  created_before: Instant.optional().describe('Only events at or before this date or instant'),
});

const Shown = z
  .object({
    id: z.int(),
    author_id: z.int().describe('The user; -1 if anonymous or the server itself; -2 for a deploy token; -4: a CI job'),
    entity_id: z
      .int()
      .nullable()
      .describe('The project, group or user that the event belongs to; null for the instance'),
    entity_type: z.enum(['Project', 'Group', 'User', 'Instance']),
    event_name: z.string().describe('Such as `deploy_token_created`'),
    details: z
      .looseObject({
        author_name: z.string(),
        author_class: z.enum(['User', 'DeployToken', 'Job', 'Anonymous', 'System']),
        deploy_token_id: z
          .int()
          .nullable()
          .optional()
          .describe('The deploy token that caused the event, if any; names are not unique'),
        job_id: z.int().nullable().optional().describe('Only where a CI job did it'),
        target_id: z.int().nullable(),
        target_type: z.string(),
        target_details: z.string().describe('Name of the target at the time of the event'),
        ip_address: z.string().nullable(),
        entity_path: z.string().describe('Path of the entity at the time of the event'),
        request_id: z.string().nullable(),
      })
      .describe('Event-specific properties: scopes, old and new value'),
    created_at: Moment,
  })
  .meta({ id: 'AuditEvent' });

/** How an author of each kind is shown. The numbers of those that are no user are GitLab's where it has one. */
const AUTHORS = {
  user: { class: 'User', id: ({ id }) => id ?? -1 },
  deployToken: { class: 'DeployToken', id: () => -2, more: ({ id }) => ({ deploy_token_id: id }) },
  job: { class: 'Job', id: () => -4, more: ({ id }) => ({ job_id: id }) },
  anonymous: { class: 'Anonymous', id: () => -1 },
  system: { class: 'System', id: () => -1 },
} as const satisfies Record<AuditAuthor['kind'], AuthorShown>;

interface AuthorShown {
  class: string;
  id(by: AuditAuthor): number;
  /** The ID that identifies the author where names are not unique. */
  more?(by: AuditAuthor): Record<string, unknown>;
}

function show(event: AuditEvent): z.output<typeof Shown> {
  const { by, entity, target } = event;
  const author: AuthorShown = AUTHORS[by.kind];
  return {
    id: event.id,
    author_id: author.id(by),
    entity_id: entity.id,
    entity_type: entity.kind,
    event_name: event.action,
    details: {
      ...event.details,
      author_name: by.name,
      author_class: AUTHORS[by.kind].class,
      ...author.more?.(by),
      target_id: target.id,
      target_type: target.kind,
      target_details: target.name,
      ip_address: by.ip,
      entity_path: entity.path,
      request_id: by.requestId,
    },
    created_at: formatInstant(event.at),
  };
}

function createHandlers({ audit }: Services, links: Links) {
  const list = async (context: Audited) => {
    const { created_after: after, created_before: before, ...page } = readQuery(context, ListQuery);
    const filter = {
      ...entityOf(context.facts),
      ...defined({
        after: after === undefined ? undefined : parseInstant('created_after', after),
        before: before === undefined ? undefined : parseInstant('created_before', before),
      }),
    };
    return paginated(context, links, await audit.list(filter, pageOf(page)), show);
  };

  const get = async (context: Audited) => {
    const event = await audit.find(idParameter(context, 'event_id'));
    const { entityKind, entityId } = entityOf(context.facts);
    // An event of someone else's is not there, whatever its number.
    const here = entityKind === undefined || (event?.entity.kind === entityKind && event.entity.id === entityId);
    if (!event || !here) throw notFound('audit event');
    return json(show(event));
  };

  return { list, get };
}

export function auditEventRoutes(services: Services, links: Links): ApiRoute[] {
  const { list, get } = createHandlers(services, links);
  return [
    {
      method: 'GET',
      path: '/api/v4/audit_events',
      access: { on: 'instance', permission: 'read_all_audit_events' },
      handler: list,
      doc: { ...LIST, summary: 'List the audit events of the instance', description: 'For administrators.' },
    },
    {
      method: 'GET',
      path: '/api/v4/audit_events/:event_id',
      access: { on: 'instance', permission: 'read_all_audit_events' },
      handler: get,
      doc: { ...GET, summary: 'Get an audit event', description: 'For administrators.' },
    },
    {
      method: 'GET',
      path: '/api/v4/projects/:id/audit_events',
      access: { on: 'project', by: 'id', param: 'id', permission: 'read_audit_event' },
      handler: list,
      doc: { ...LIST, summary: 'List the audit events of a project' },
    },
    {
      method: 'GET',
      path: '/api/v4/projects/:id/audit_events/:event_id',
      access: { on: 'project', by: 'id', param: 'id', permission: 'read_audit_event' },
      handler: get,
      doc: { ...GET, summary: 'Get an audit event of a project' },
    },
    {
      method: 'GET',
      path: '/api/v4/groups/:id/audit_events',
      access: { on: 'group', by: 'id', param: 'id', permission: 'read_audit_event' },
      handler: list,
      doc: {
        ...LIST,
        summary: 'List the audit events of a group',
        description:
          'Only events of the group itself, as in GitLab; subgroups and projects have their own lists. The audit log page of the group includes them.',
      },
    },
    {
      method: 'GET',
      path: '/api/v4/groups/:id/audit_events/:event_id',
      access: { on: 'group', by: 'id', param: 'id', permission: 'read_audit_event' },
      handler: get,
      doc: { ...GET, summary: 'Get an audit event of a group' },
    },
  ];
}

const LIST = {
  tag: 'Audit events',
  query: ListQuery,
  reply: { status: 200, schema: z.array(Shown), paged: true },
} as const;
const GET = { tag: 'Audit events', reply: { status: 200, schema: Shown } } as const;

/** The owner of the events; undefined for all events. */
function entityOf(facts: Facts): { entityKind?: 'Project' | 'Group'; entityId?: number } {
  if (facts.on === 'project') return { entityKind: 'Project', entityId: facts.project.id };
  return facts.on === 'group' ? { entityKind: 'Group', entityId: facts.group.id } : {};
}
