/** @jsxImportSource hono/jsx */
import { DEPLOY_TOKEN_SCOPES, type DeployTokenScope } from '../../../domain/deploy-tokens/scopes.ts';
import { DAY } from '../../../lib/clock.ts';
import { formatDay } from '../../../lib/instant.ts';
import { Button } from '../../views/button.tsx';
import { Choices, Form, TextField, type Typed } from '../../views/form.tsx';
import { Fold } from '../../views/section.tsx';
import type { Owner } from './owner.ts';

interface NewTokenFormProps {
  owner: Owner;
  typed: Typed | undefined;
  /** After one was made, another one is not what is wanted next. */
  folded: boolean;
  now: number;
}

/** What each scope allows, on a project and on a group. */
const ALLOWS: Readonly<Record<DeployTokenScope, string>> = {
  read_repository: 'Clone and fetch over HTTPS, and download LFS objects. It never pushes.',
  read_registry: 'Pull container images.',
  write_registry: 'Push container images. A docker push pulls too, so tick read_registry with it.',
  read_package_registry: 'Install packages.',
  write_package_registry: 'Publish packages, and install them.',
};

const CHOICES = DEPLOY_TOKEN_SCOPES.map((scope) => ({ value: scope, label: scope, hint: ALLOWS[scope] }));

export function NewTokenForm({ owner, typed, folded, now }: NewTokenFormProps) {
  const form = <TokenForm owner={owner} typed={typed} now={now} />;
  return folded ? (
    <Fold title="Create another deploy token">{form}</Fold>
  ) : (
    <section class="stack" aria-labelledby="new-token">
      <h3 id="new-token">New deploy token</h3>
      {form}
    </section>
  );
}

function TokenForm({ owner, typed, now }: Pick<NewTokenFormProps, 'owner' | 'now'> & { typed: Typed | undefined }) {
  const shared = typed === undefined ? {} : { typed };
  return (
    <Form action={owner.page.replace(/#.*/, '/deploy_token/create')}>
      <TextField
        name="name"
        label="Name"
        hint="What it is for, such as the machine or pipeline that will use it."
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
      <TextField
        name="username"
        label="User name (optional)"
        hint="What it signs in with: letters, digits and _ - + . Without one it is gitlab+deploy-token-, and a number."
        maxlength={255}
        autocomplete="off"
        {...shared}
      />
      <Choices name="scopes" label="Scopes" hint="What it may do. Tick at least one." choices={CHOICES} {...shared} />
      <div>
        <Button kind="primary">Create deploy token</Button>
      </div>
    </Form>
  );
}
