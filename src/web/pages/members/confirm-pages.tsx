/** @jsxImportSource hono/jsx */
import type { Member } from '../../../domain/members/members.ts';
import { DAY } from '../../../lib/clock.ts';
import { formatDay } from '../../../lib/instant.ts';
import type { Page } from '../../page.ts';
import { ConfirmPage } from '../../views/dialog.tsx';
import { SelectField, TextField, WholeMistake } from '../../views/form.tsx';
import { PageHeader } from '../../views/page-header.tsx';
import type { Typed } from '../../views/typed.ts';
import { choicesFor, type MembersVisit, membersSubjectOf } from './members-subject.ts';

/** Asks which role a member is to have, and until when. */
export function changePage(visit: MembersVisit, member: Member, typed?: Typed): Page {
  const { userId, username, level, expiresAt } = member;
  const place = membersSubjectOf(visit);
  const title = `Role of ${username}`;
  const shared = typed === undefined ? {} : { typed };
  const body = (
    <PageHeader visit={visit} tab="Members">
      <ConfirmPage action={place.page(`/${userId}/change`)} title={title} button="Save" back={place.page()}>
        <WholeMistake typed={typed} />
        <SelectField
          id="new-level"
          name="access_level"
          label="Role"
          options={choicesFor(visit)}
          chosen={String(level)}
          {...shared}
        />
        <TextField
          id="new-until"
          name="expires_at"
          label="Until (optional)"
          hint="The role ends at 00:00 UTC on this date. Leave empty for no end date."
          type="date"
          min={formatDay(visit.now + DAY) ?? ''}
          value={formatDay(expiresAt) ?? ''}
          {...shared}
        />
      </ConfirmPage>
    </PageHeader>
  );
  return { title: `${title} · ${place.path}`, body };
}

/** Asks before a member is removed, and says what they lose. */
export function removePage(visit: MembersVisit, { userId, username }: Member): Page {
  const place = membersSubjectOf(visit);
  const title = `Remove ${username}?`;
  const body = (
    <PageHeader visit={visit} tab="Members">
      <ConfirmPage
        action={place.page(`/${userId}/remove`)}
        title={title}
        button={`Remove ${username}`}
        back={place.page()}
        danger
      >
        <p>
          {`${username} loses the role in ${place.path} immediately.`}
          {place.kind === 'group' ? ' This includes all projects and subgroups below.' : ''} Everything the user created
          stays, including deploy tokens, which belong to the {place.kind}.
        </p>
        <p class="soft small">A role inherited from a parent group stays.</p>
      </ConfirmPage>
    </PageHeader>
  );
  return { title: `${title} · ${place.path}`, body };
}
