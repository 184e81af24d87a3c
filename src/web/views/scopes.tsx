/** @jsxImportSource hono/jsx */
import type { DeployTokenScope } from '../../domain/deploy-tokens/scopes.ts';
import type { PersonalScope } from '../../domain/personal-tokens/scopes.ts';
import { Badge } from './badge.tsx';
import { fixed } from './fixed.ts';

/** There are not many sets of them, and a list of tokens shows the same again and again. */
const made = new Map<string, ReturnType<typeof fixed>>();

/** The scopes of a token. */
export function Scopes({ scopes }: { scopes: readonly (DeployTokenScope | PersonalScope)[] }) {
  const key = scopes.join(' ');
  const known = made.get(key);
  if (known) return known;
  const badges = fixed(
    <span class="badges">
      {scopes.map((scope) => (
        <Badge kind="code">{scope}</Badge>
      ))}
    </span>,
  );
  made.set(key, badges);
  return badges;
}
