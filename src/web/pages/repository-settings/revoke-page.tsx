/** @jsxImportSource hono/jsx */
import type { GroupFacts, ProjectFacts } from '../../../domain/access/facts.ts';
import type { DeployToken } from '../../../domain/deploy-tokens/token.ts';
import type { Page, Visit } from '../../page.ts';
import { ConfirmPage } from '../../views/dialog.tsx';
import { PageHeader } from '../../views/page-header.tsx';
import { Time } from '../../views/time.tsx';
import { listsIn, ownerOf } from './owner.ts';

/** Asks before a deploy token is revoked, and says what stops working. */
export function revokePage(visit: Visit<ProjectFacts | GroupFacts>, token: DeployToken): Page {
  const owner = ownerOf(visit.facts);
  const lists = listsIn(visit.query);
  const title = `Revoke ${token.name}?`;
  const body = (
    <PageHeader visit={visit} tab="Settings" subtab="Repository">
      <ConfirmPage
        action={owner.revokePath(token.id, lists)}
        title={title}
        button={`Revoke ${token.name}`}
        back={owner.page(lists)}
        danger
      >
        <p>
          Everything that signs in as <code>{token.username}</code> with this token stops working immediately:{' '}
          {usesOf(token)}. This cannot be undone.
        </p>
        <p class="soft small">
          {token.lastUsed === null ? (
            'It was never used.'
          ) : (
            <>
              It was last used <Time at={token.lastUsed.at} />
              {`, by ${token.lastUsed.protocol} from ${token.lastUsed.ip}.`}
            </>
          )}
        </p>
      </ConfirmPage>
    </PageHeader>
  );
  return { title: `${title} · ${owner.path}`, body };
}

function usesOf({ scopes }: DeployToken): string {
  const has = (...some: string[]) => some.some((one) => (scopes as readonly string[]).includes(one));
  const uses = [
    has('read_repository') ? 'cloning and fetching' : '',
    has('read_registry') ? 'pulling images' : '',
    has('write_registry') ? 'pushing images' : '',
    has('read_package_registry', 'write_package_registry') ? 'installing packages' : '',
    has('write_package_registry') ? 'publishing packages' : '',
  ].filter(Boolean);
  return new Intl.ListFormat('en').format(uses);
}
