/** @jsxImportSource hono/jsx */
import { ROLES } from '../../../domain/members/roles.ts';
import { DAY } from '../../../lib/clock.ts';
import { formatDay } from '../../../lib/instant.ts';
import { Button } from '../../views/button.tsx';
import { Form, SelectField, TextField, WholeMistake } from '../../views/form.tsx';
import { Fold } from '../../views/section.tsx';
import type { Typed } from '../../views/typed.ts';
import type { choicesFor, MembersSubject } from './members-subject.ts';
import { ROLE_WORDS } from './roles.ts';

interface AddMemberProps {
  place: MembersSubject;
  /** The roles that can be granted. */
  choices: ReturnType<typeof choicesFor>;
  now: number;
  typed: Typed | undefined;
}

export function AddMember({ place, choices, now, typed }: AddMemberProps) {
  const shared = typed === undefined ? {} : { typed };
  return (
    <Form action={place.page()}>
      <WholeMistake typed={typed} />
      <div class="fields">
        <TextField name="username" label="User name" maxlength={255} required autocomplete="off" {...shared} />
        <SelectField name="access_level" label="Role" options={choices} chosen={String(ROLES.developer)} {...shared} />
        <TextField
          name="expires_at"
          label="Until (optional)"
          type="date"
          min={formatDay(now + DAY) ?? ''}
          {...shared}
        />
      </div>
      <div>
        <Button kind="primary">Add member</Button>
      </div>
    </Form>
  );
}

/** Explanation of the roles. */
export function RoleList() {
  return (
    <Fold title="Permissions of each role">
      <dl class="facts small">
        {ROLE_WORDS.map(({ title, may }) => (
          <>
            <dt>{title}</dt>
            <dd>{may}</dd>
          </>
        ))}
      </dl>
    </Fold>
  );
}
