/** @jsxImportSource hono/jsx */
import type { PersonalToken } from '../../../domain/personal-tokens/personal-tokens.ts';
import type { Page } from '../../page.ts';
import { ConfirmPage } from '../../views/dialog.tsx';
import { Time } from '../../views/time.tsx';
import { Account } from '../account/account.tsx';
import { ACCOUNT } from '../account/addresses.ts';
import { nextExpiry } from './next-expiry.ts';

/** The address of what is done with a token: the page that asks first, and the form. */
export const toolPath = (id: number, tool: 'rotate' | 'revoke'): string => `${ACCOUNT.tokens}/${id}/${tool}`;

/** Asks before a token gets a new secret. */
export function rotatePage(token: PersonalToken, now: number): Page {
  const { id, name } = token;
  const title = `Rotate ${name}?`;
  const body = (
    <Account tab="Personal access tokens">
      <ConfirmPage action={toolPath(id, 'rotate')} title={title} button={`Rotate ${name}`} back={ACCOUNT.tokens} once>
        <p>
          You get a new secret with the same name and scopes, valid until <Time at={nextExpiry(token, now)} />. The
          current secret stops working immediately.
        </p>
      </ConfirmPage>
    </Account>
  );
  return { title, body };
}

/** Asks before a token is ended, and says what stops working. */
export function revokePage({ id, name, lastUsedAt }: PersonalToken): Page {
  const title = `Revoke ${name}?`;
  const body = (
    <Account tab="Personal access tokens">
      <ConfirmPage action={toolPath(id, 'revoke')} title={title} button={`Revoke ${name}`} back={ACCOUNT.tokens} danger>
        <p>Everything that uses this token stops working immediately. This cannot be undone.</p>
        <p class="soft small">
          {lastUsedAt === null ? (
            'It was never used.'
          ) : (
            <>
              It was last used <Time at={lastUsedAt} />.
            </>
          )}
        </p>
      </ConfirmPage>
    </Account>
  );
  return { title, body };
}
