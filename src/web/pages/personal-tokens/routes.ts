import type { Route } from '../../../http/route.ts';
import { formRow, pageRow, redirect, type Web } from '../../page.ts';
import { ACCOUNT } from '../account/addresses.ts';
import { askAbout, createToken, revokeToken, rotateToken, showTokens } from './actions.ts';

/** One's own personal access tokens: made, seen once, rotated, revoked. */
export function personalTokenRoutes(web: Web): Route[] {
  const read = { on: 'instance', permission: 'read_own_token' } as const;
  const create = { on: 'instance', permission: 'create_own_token' } as const;
  const revoke = { on: 'instance', permission: 'revoke_own_token' } as const;
  return [
    pageRow(web, ACCOUNT.tokens, read, (visit) => showTokens(web, visit)),
    formRow(web, ACCOUNT.tokens, create, (visit, form) => createToken(web, visit, form)),
    pageRow(web, `${ACCOUNT.tokens}/:token_id/rotate`, read, (visit) => askAbout(web, visit, 'rotate')),
    formRow(web, `${ACCOUNT.tokens}/:token_id/rotate`, revoke, (visit, form) => rotateToken(web, visit, form)),
    pageRow(web, `${ACCOUNT.tokens}/:token_id/revoke`, read, (visit) => askAbout(web, visit, 'revoke')),
    formRow(web, `${ACCOUNT.tokens}/:token_id/revoke`, revoke, (visit) => revokeToken(web, visit)),
    pageRow(web, '/-/profile/personal_access_tokens', read, () => redirect(ACCOUNT.tokens, 301)),
  ];
}
