/** @jsxImportSource hono/jsx */
import type { Page } from '../../page.ts';
import { EmptyState } from '../../views/empty-state.tsx';
import { Notice } from '../../views/notice.tsx';
import { PageHeader } from '../../views/page-header.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { SearchForm } from '../../views/search-form.tsx';
import type { Typed } from '../../views/typed.ts';
import { AddMember, RoleList } from './add-member.tsx';
import { DirectMembers, InheritedMembers } from './member-tables.tsx';
import { choicesFor, type MembersVisit, membersSubjectOf } from './members-subject.ts';
import type { Members } from './read-members.ts';
import { titleOfLevel } from './roles.ts';

/** The outcome of a form on the page. */
interface Outcome {
  /** The submitted form for a new member, with its errors. */
  typed?: Typed;
  /** Why a change was not made. */
  refused?: string;
}

/** Direct and inherited members of a project or group. */
export function membersPage(visit: MembersVisit, members: Members, { typed, refused }: Outcome = {}): Page {
  const place = membersSubjectOf(visit);
  const { direct, inherited, search } = members;
  const body = (
    <PageHeader visit={visit} tab="Members">
      <Done members={members} />
      {refused === undefined ? null : <Notice kind="bad">{refused}</Notice>}
      {visit.can('admin_member') ? (
        <section class="card stack" aria-labelledby="add-member">
          <h2 id="add-member">Add a member</h2>
          <AddMember place={place} choices={choicesFor(visit)} now={visit.now} typed={typed} />
        </section>
      ) : null}
      <RoleList />
      {direct.total + inherited.total > 10 || search !== '' ? (
        <SearchForm label="Search members" placeholder="Name or user name" search={search} />
      ) : null}
      <section class="stack" aria-labelledby="direct-members">
        <h2 id="direct-members">{`Members of this ${place.kind} (${direct.total})`}</h2>
        {direct.items.length === 0 ? (
          <NoMembers search={search} kind={place.kind} />
        ) : (
          <DirectMembers visit={visit} members={direct.items} />
        )}
        <Pagination {...direct} what="members" query={visit.query} />
      </section>
      {inherited.total === 0 ? null : (
        <section class="stack" aria-labelledby="inherited-members">
          <h2 id="inherited-members">{`Inherited (${inherited.total})`}</h2>
          <p class="soft small">
            A role in a group applies to everything below it. If a user has several roles, the highest applies.
          </p>
          <InheritedMembers visit={visit} members={members} />
          <Pagination {...inherited} what="inherited members" query={visit.query} parameter="inherited" />
        </section>
      )}
    </PageHeader>
  );
  return { title: `Members · ${place.path}`, body };
}

function Done({ members: { done } }: { members: Members }) {
  if (done.removed !== undefined)
    return (
      <Notice kind="good">
        <strong>{done.removed}</strong> is no longer a member.
      </Notice>
    );
  const member = done.added ?? done.changed;
  return member ? (
    <Notice kind="good">
      <strong>{member.username}</strong>
      {` ${done.added ? 'was added' : 'was changed'}: ${titleOfLevel(member.level)}.`}
    </Notice>
  ) : null;
}

function NoMembers({ search, kind }: { search: string; kind: 'project' | 'group' }) {
  return search === '' ? (
    <EmptyState title="No direct members">
      <p>{`Users who are added to this ${kind} directly are listed here with their role.`}</p>
    </EmptyState>
  ) : (
    <EmptyState title={`No members match “${search}”`}>
      <p>The search covers names and user names.</p>
    </EmptyState>
  );
}
