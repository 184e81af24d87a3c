/** @jsxImportSource hono/jsx */
import { PERSONAL_SCOPES, type PersonalScope } from '../../../domain/personal-tokens/scopes.ts';
import { DAY } from '../../../lib/clock.ts';
import { formatDay } from '../../../lib/instant.ts';
import { Button } from '../../views/button.tsx';
import { Choices, Form, TextField, type Typed } from '../../views/form.tsx';
import { ACCOUNT } from '../account/addresses.ts';

const ALLOWS: Readonly<Record<PersonalScope, string>> = {
  api: 'Everything that you can do with the API, with git, with packages and with the registry.',
  read_api: 'See everything that you can see with the API, and install packages.',
  read_repository: 'Clone and fetch.',
  write_repository: 'Clone, fetch and push.',
  read_registry: 'Pull container images.',
  write_registry: 'Push container images. A docker push pulls too, so tick read_registry with it.',
};

const CHOICES = PERSONAL_SCOPES.map((scope) => ({ value: scope, label: scope, hint: ALLOWS[scope] }));

export function NewPersonalToken({ typed, now }: { typed: Typed | undefined; now: number }) {
  const shared = typed === undefined ? {} : { typed };
  return (
    <Form action={ACCOUNT.tokens}>
      <TextField
        name="name"
        label="Name"
        hint="The program that will use it."
        maxlength={255}
        required
        autocomplete="off"
        {...shared}
      />
      <TextField
        name="expires_at"
        label="Expiry date (optional)"
        hint="It stops working when this day begins, at 00:00 UTC. Without a date it works until it is revoked."
        type="date"
        min={formatDay(now + DAY) ?? ''}
        short
        {...shared}
      />
      <Choices name="scopes" label="Scopes" hint="What it may do. Tick at least one." choices={CHOICES} {...shared} />
      <div>
        <Button kind="primary">Create personal access token</Button>
      </div>
    </Form>
  );
}
