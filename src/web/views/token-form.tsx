/** @jsxImportSource hono/jsx */

import { DAY } from '../../lib/clock.ts';
import { defined } from '../../lib/defined.ts';
import { formatDay } from '../../lib/instant.ts';
import { Button } from './button.tsx';
import { fixedUntilTyped } from './fixed.ts';
import { Choices, Form, TextField } from './form.tsx';
import type { Typed } from './typed.ts';

interface TokenKind {
  /** `deploy token`. */
  what: string;
  /** The hint for its name. */
  nameHint: string;
  /** The hint for its user name; absent if it has none. */
  usernameHint?: string;
  /** The meaning of each scope. */
  allows: Readonly<Record<string, string>>;
}

interface TokenFormProps {
  action: string;
  typed: Typed | undefined;
  now: number;
}

/** @returns the form of a new token of one kind. */
export function tokenFormFor({ what, nameHint, usernameHint, allows }: TokenKind) {
  const choices = Object.entries(allows).map(([scope, hint]) => ({ value: scope, label: scope, hint }));
  const shared = (typed: Typed | undefined) => (typed === undefined ? {} : { typed });
  const name = fixedUntilTyped((typed) => (
    <TextField
      name="name"
      label="Name"
      hint={nameHint}
      maxlength={255}
      required
      autocomplete="off"
      {...shared(typed)}
    />
  ));
  const rest = fixedUntilTyped((typed) => (
    <>
      {usernameHint === undefined ? null : (
        <TextField
          name="username"
          label="User name (optional)"
          hint={usernameHint}
          maxlength={255}
          autocomplete="off"
          {...shared(typed)}
        />
      )}
      <Choices
        name="scopes"
        label="Scopes"
        hint="The rights of the token. Select at least one."
        choices={choices}
        {...shared(typed)}
      />
      <div>
        <Button kind="primary">{`Create ${what}`}</Button>
      </div>
    </>
  ));
  return ({ action, typed, now }: TokenFormProps) => (
    <Form action={action} once>
      {name(typed)}
      <ExpiryField typed={typed} now={now} />
      {rest(typed)}
    </Form>
  );
}

function ExpiryField({ typed, now }: Omit<TokenFormProps, 'action'>) {
  return (
    <TextField
      name="expires_at"
      label="Expiry date (optional)"
      hint="The token stops working at 00:00 UTC on this date. Without a date it works until it is revoked."
      type="date"
      min={formatDay(now + DAY) ?? ''}
      short
      {...defined({ typed })}
    />
  );
}
