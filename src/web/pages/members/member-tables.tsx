/** @jsxImportSource hono/jsx */
import type { Member } from '../../../domain/members/members.ts';
import { Badge } from '../../views/badge.tsx';
import { Button, ConfirmLink } from '../../views/button.tsx';
import { Confirm } from '../../views/dialog.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import { type MembersVisit, managesRole, membersSubjectOf } from './members-subject.ts';
import type { Members } from './read-members.ts';
import { titleOfLevel } from './roles.ts';

type MemberColumn = Column<Member>;

const person = ({ actor: user }: MembersVisit): MemberColumn => ({
  title: 'Member',
  cell: ({ userId, username, name, blocked }) => (
    <span class="person">
      <span>
        {name} {userId === user?.id ? <Badge kind="good">you</Badge> : null}{' '}
        {blocked ? <Badge kind="bad">blocked</Badge> : null}
      </span>
      {name === username ? null : <span class="soft small">{username}</span>}
    </span>
  ),
});

const ROLE: MemberColumn = { title: 'Role', cell: ({ level }) => titleOfLevel(level) };
const UNTIL: MemberColumn = {
  title: 'Until',
  cell: ({ expiresAt }) => (expiresAt === null ? 'Never' : <Time at={expiresAt} />),
};
const SINCE: MemberColumn = {
  title: 'Since',
  cell: ({ createdAt, createdBy }) => (
    <>
      <Time at={createdAt} />
      {createdBy ? <span class="soft">{` by ${createdBy.username}`}</span> : null}
    </>
  ),
};

/** The members of exactly this place, each with what who looks may do about them. */
export function DirectMembers({ visit, members }: { visit: MembersVisit; members: readonly Member[] }) {
  const tools: MemberColumn = {
    title: 'Change or remove',
    kind: 'tools',
    cell: (member) => <Tools visit={visit} member={member} />,
  };
  const columns = [person(visit), ROLE, UNTIL, SINCE];
  const any = visit.can('admin_member') || members.some(({ userId }) => userId === visit.actor?.id);
  return <Table caption="Members" columns={any ? [...columns, tools] : columns} items={members} />;
}

function Tools({ visit, member }: { visit: MembersVisit; member: Member }) {
  const self = member.userId === visit.actor?.id;
  const manages = managesRole(visit, member.level);
  return (
    <span class="row tools-row">
      {manages ? <Change visit={visit} member={member} /> : null}
      {self ? <Leave visit={visit} /> : manages ? <Remove visit={visit} member={member} /> : null}
    </span>
  );
}

function Change({ visit, member: { userId, username } }: { visit: MembersVisit; member: Member }) {
  return (
    <ConfirmLink href={membersSubjectOf(visit).page(`/${userId}/change`)} label={`Change the role of ${username}`}>
      Change
    </ConfirmLink>
  );
}

function Remove({ visit, member: { userId, username } }: { visit: MembersVisit; member: Member }) {
  return (
    <ConfirmLink
      kind="quiet-danger"
      href={membersSubjectOf(visit).page(`/${userId}/remove`)}
      label={`Remove ${username}`}
    >
      Remove
    </ConfirmLink>
  );
}

function Leave({ visit }: { visit: MembersVisit }) {
  const { path, kind, page } = membersSubjectOf(visit);
  return (
    <>
      <Button kind="quiet-danger" small opens="leave">
        Leave
      </Button>
      <Confirm id="leave" action={page('/leave')} title={`Leave ${path}?`} button={`Leave ${path}`}>
        <p>
          Your role in this {kind} ends immediately; only someone who manages its members can add you again. A role
          inherited from a parent group stays.
        </p>
      </Confirm>
    </>
  );
}

/** Those whose role is from above: it is changed there. */
export function InheritedMembers({ visit, members }: { visit: MembersVisit; members: Members }) {
  const from: MemberColumn = {
    title: 'From',
    cell: ({ source }) => {
      const found = members.sources.get(source.id);
      return found?.href ? <a href={found.href}>{found.path}</a> : found?.path;
    },
  };
  return (
    <Table caption="Inherited members" columns={[person(visit), ROLE, from, UNTIL]} items={members.inherited.items} />
  );
}
