import type { Member } from '../../../domain/members/members.ts';
import { listPage } from '../../list-page.ts';
import type { Visit, Web } from '../../page.ts';
import { groupPath } from '../../paths.ts';
import { type MembersVisit, membersSubjectOf } from './members-subject.ts';

const PER_PAGE = 50;

export interface MemberList {
  items: Member[];
  page: number;
  perPage: number;
  total: number;
}

/** The data of the members page. */
export interface Members {
  direct: MemberList;
  inherited: MemberList;
  /** Where inherited roles come from, by the group's id; with its address when who asks may open it. */
  sources: Map<number, { path: string; href: string | null }>;
  search: string;
  /** The action just performed, if the database confirms it. */
  done: { added?: Member; changed?: Member; removed?: string };
}

export async function readMembers(web: Web, visit: MembersVisit): Promise<Members> {
  const { members } = web.services;
  const place = membersSubjectOf(visit);
  const search = (visit.query.get('search') ?? '').trim().slice(0, 255);
  const filter = search === '' ? {} : { search };
  const [direct, inherited] = await Promise.all([
    listPage(visit.query, PER_PAGE, (page) => members.list(place, filter, page)),
    listPage(visit.query, PER_PAGE, (page) => members.listAbove(place, filter, page), 'inherited'),
  ]);
  const sources = await sourcesOf(web, visit, inherited.items);
  return { direct, inherited, sources, search, done: await doneBy(web, visit) };
}

async function sourcesOf({ services }: Web, { context, actor: user }: Visit, members: readonly Member[]) {
  const ids = [...new Set(members.map(({ source }) => source.id))];
  const entries = await Promise.all(
    ids.map(async (id) => {
      const facts = await services.access.namespace(id, user?.id ?? null);
      const path = facts.on === 'group' ? facts.group.full_path : '';
      const opens = facts.on === 'group' && context.permitOn(facts, 'read_member').allow;
      const page = opens && facts.group.kind === 'group' ? '/-/group_members' : '';
      return [id, { path, href: opens ? groupPath(path, page) : null }] as const;
    }),
  );
  return new Map(entries);
}

/** The action named in the query, verified against the database before it is shown. */
async function doneBy({ services }: Web, visit: MembersVisit): Promise<Members['done']> {
  const place = membersSubjectOf(visit);
  const idIn = (parameter: string) => {
    const text = visit.query.get(parameter) ?? '';
    return /^\d{1,15}$/.test(text) ? Number(text) : null;
  };
  const find = (id: number) => services.members.get(place, id).catch(() => undefined);
  const added = idIn('added');
  const changed = idIn('changed');
  const removed = idIn('removed');
  if (removed !== null) {
    // Others must not find out which accounts exist.
    if (!visit.can('admin_member')) return {};
    const [still, user] = await Promise.all([find(removed), services.users.find(removed)]);
    return still || !user ? {} : { removed: user.username };
  }
  const member = added === null && changed === null ? undefined : await find(added ?? changed ?? 0);
  if (!member) return {};
  return added === null ? { changed: member } : { added: member };
}
