/** @jsxImportSource hono/jsx */
import type { DeployTokenScope } from '../../../domain/deploy-tokens/scopes.ts';
import { Fold } from '../../views/section.tsx';
import { tokenFormFor } from '../../views/token-form.tsx';
import type { Typed } from '../../views/typed.ts';

interface NewTokenFormProps {
  action: string;
  typed: Typed | undefined;
  /** After one was made, another one is not what is wanted next. */
  folded: boolean;
  now: number;
}

/** The meaning of each scope, on projects and groups. */
const ALLOWS: Readonly<Record<DeployTokenScope, string>> = {
  read_repository: 'Clone and fetch over HTTPS, and download LFS objects. Never allows pushing.',
  read_registry: 'Pull container images.',
  write_registry: 'Push container images. docker push also pulls, so select read_registry too.',
  read_package_registry: 'Install packages.',
  write_package_registry: 'Publish and install packages.',
};

const TokenForm = tokenFormFor({
  what: 'deploy token',
  nameHint: 'The purpose, such as the machine or pipeline that will use the token.',
  usernameHint: 'The user name to sign in with: letters, digits and _ - + . By default gitlab+deploy-token-{id}.',
  allows: ALLOWS,
});

export function NewTokenForm({ action, typed, folded, now }: NewTokenFormProps) {
  const form = <TokenForm action={action} typed={typed} now={now} />;
  return folded ? (
    <Fold title="Create another deploy token">{form}</Fold>
  ) : (
    <section class="stack" aria-labelledby="new-token">
      <h3 id="new-token">New deploy token</h3>
      {form}
    </section>
  );
}
