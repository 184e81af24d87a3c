import type { Facts } from '../../../domain/access/facts.ts';
import type { AuditEvent, AuditFilter } from '../../../domain/audit/audit.ts';
import { DAY } from '../../../lib/clock.ts';
import { defined } from '../../../lib/defined.ts';
import { parseInstant } from '../../../lib/instant.ts';
import { listPage } from '../../list-page.ts';
import type { Visit, Web } from '../../page.ts';
import { ACTIONS, KINDS } from './sentence.ts';

const PER_PAGE = 50;

/** The filters in the query. */
export interface EventQuery {
  who: string;
  kind: string;
  where: string;
  from: string;
  to: string;
}

export interface Events {
  items: AuditEvent[];
  page: number;
  perPage: number;
  total: number;
  listQuery: EventQuery;
}

export async function readEvents(web: Web, visit: Visit<Facts>): Promise<Events> {
  const word = (name: string) => (visit.query.get(name) ?? '').trim().slice(0, 255);
  const listQuery = { who: word('who'), kind: word('kind'), where: word('where'), from: word('from'), to: word('to') };
  const { audit } = web.services;
  const { facts } = visit;
  const filter = filterOf(listQuery);
  // A reader of a group's log may read the logs of everything below the group: roles are inherited downwards.
  const found = await listPage(visit.query, PER_PAGE, (page) =>
    facts.on === 'group'
      ? audit.listWithin(facts.group, filter, page)
      : audit.list({ ...entityOf(facts), ...filter }, page),
  );
  return { ...found, listQuery };
}

function filterOf({ who, kind, where, from, to }: EventQuery): AuditFilter {
  const after = dayOf(from);
  const before = dayOf(to);
  const chosen = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  return {
    ...defined({ actorName: who === '' ? undefined : who.replace(/^@/, ''), entityPath: where || undefined }),
    ...defined({ actions: chosen === undefined ? undefined : ACTIONS.filter(chosen.is), after: after ?? undefined }),
    // The whole of the last day is meant.
    ...defined({ before: before === null ? undefined : before + DAY - 1 }),
  };
}

/** An invalid date is ignored, and the field is shown empty. */
function dayOf(typed: string): number | null {
  try {
    return typed === '' ? null : parseInstant('day', typed.slice(0, 10));
  } catch {
    return null;
  }
}

const entityOf = (facts: Facts): AuditFilter =>
  facts.on === 'project' ? { entityKind: 'Project', entityId: facts.project.id } : {};
