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

/** What each scope allows, on a project and on a group. */
const ALLOWS: Readonly<Record<DeployTokenScope, string>> = {
  read_repository: 'Clone and fetch over HTTPS, and download LFS objects. It never pushes.',
  read_registry: 'Pull container images.',
  write_registry: 'Push container images. A docker push pulls too, so tick read_registry with it.',
  read_package_registry: 'Install packages.',
  write_package_registry: 'Publish packages, and install them.',
};

const TokenForm = tokenFormFor({
  what: 'deploy token',
  nameHint: 'What it is for, such as the machine or pipeline that will use it.',
  usernameHint:
    'What it signs in with: letters, digits and _ - + . Without one it is gitlab+deploy-token-, and a number.',
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
