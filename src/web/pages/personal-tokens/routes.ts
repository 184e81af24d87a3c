import type { Route } from '../../../http/route.ts';
import { formRow, pageRow, redirect, type Web } from '../../page.ts';
import { ACCOUNT } from '../account/addresses.ts';
import { createToken, revokeToken, rotateToken, showTokens } from './actions.ts';

/** One's own personal access tokens: made, seen once, rotated, revoked. */
export function personalTokenRoutes(web: Web): Route[] {
  const read = { on: 'instance', permission: 'read_own_token' } as const;
  const create = { on: 'instance', permission: 'create_own_token' } as const;
  const revoke = { on: 'instance', permission: 'revoke_own_token' } as const;
  /** Where forms are sent to: whoever goes there by hand wanted to see the page. */
  const back = () => redirect(ACCOUNT.tokens);
  return [
    pageRow(web, ACCOUNT.tokens, read, (visit) => showTokens(web, visit)),
    formRow(web, ACCOUNT.tokens, create, (visit, form) => createToken(web, visit, form)),
    pageRow(web, `${ACCOUNT.tokens}/:token_id/rotate`, read, back),
    formRow(web, `${ACCOUNT.tokens}/:token_id/rotate`, revoke, (visit) => rotateToken(web, visit)),
    formRow(web, `${ACCOUNT.tokens}/:token_id/revoke`, revoke, (visit) => revokeToken(web, visit)),
    pageRow(web, '/-/profile/personal_access_tokens', read, () => redirect(ACCOUNT.tokens, 301)),
  ];
}
