import { sha256Hex } from '../../lib/digest.ts';
import { invalidParameter, ruleBroken } from '../../lib/errors.ts';
import { parseInstant } from '../../lib/instant.ts';
import type { Secret } from '../../lib/secret.ts';
import { generateToken, inspectToken } from '../../lib/token-format.ts';
import { inTransaction } from '../../store/db/database.ts';
import * as table from '../../store/tables/personal-access-tokens.ts';
import { findUser } from '../../store/tables/users.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import type { Doer } from '../doer.ts';
import { checkName } from '../paths.ts';
import { toUser, type User } from '../users/users.ts';
import { PERSONAL_SCOPES, type PersonalScope } from './scopes.ts';

export interface PersonalToken {
  id: number;
  userId: number;
  name: string;
  description: string;
  scopes: PersonalScope[];
  expiresAt: number | null;
  revokedAt: number | null;
  lastUsedAt: number | null;
  createdAt: number;
}

export interface NewPersonalToken {
  name: string;
  description?: string | undefined;
  scopes: readonly string[];
  expiresAt?: string | null | undefined;
  /** A value of one's own instead of a random one; for `POSTERN_ROOT_TOKEN`. */
  secret?: Secret;
}

export type PersonalTokenCheck =
  | { outcome: 'unknown' | 'malformed' }
  | { outcome: 'active' | 'revoked' | 'expired' | 'blocked'; token: PersonalToken; user: User };

export type PersonalTokens = ReturnType<typeof createPersonalTokens>;

export function createPersonalTokens({ db, clock }: Deps, audit: Audit) {
  return {
    /** Makes a token for a user. Its secret is in the answer and nowhere else. */
    async create(user: User, request: NewPersonalToken, by: Doer): Promise<{ token: PersonalToken; secret: Secret }> {
      const secret = request.secret ?? generateToken('glpat-');
      const row = {
        user_id: user.id,
        name: checkName(request.name),
        description: request.description ?? '',
        scopes: toPersonalScopes(request.scopes).join(' '),
        hash: sha256Hex(secret.reveal()),
        expires_at: request.expiresAt ? parseInstant('expires_at', request.expiresAt) : null,
        revoked_at: null,
        last_used_at: null,
        created_at: clock(),
      };
      return inTransaction(db, async (trx) => {
        const id = await table.insertPersonalAccessToken(trx, row);
        const target = { kind: 'PersonalAccessToken', id, name: row.name };
        const entity = { kind: 'User', id: user.id, path: user.username } as const;
        await audit.record(
          { action: 'personal_access_token_created', by, entity, target, details: { scopes: row.scopes } },
          trx,
        );
        return { token: toToken({ ...row, id }), secret };
      });
    },

    /** Looks a secret up, with its user. Asked on every request. */
    async check(secret: string): Promise<PersonalTokenCheck> {
      const { prefix, wellFormed } = inspectToken(secret);
      // The token of root may be any text; what looks like one of ours and is not is a typing error or a guess, and costs no query.
      if (prefix !== null && (prefix !== 'glpat-' || !wellFormed)) return { outcome: 'malformed' };
      const row = await table.findPersonalAccessTokenByHash(db, sha256Hex(secret));
      if (!row) return { outcome: 'unknown' };
      const owner = await findUser(db, row.user_id);
      if (!owner) return { outcome: 'unknown' };
      const user = toUser(owner);
      return { outcome: user.blocked ? 'blocked' : stateOf(row, clock()), token: toToken(row), user };
    },
  };
}

export function stateOf(
  row: { revoked_at: number | null; expires_at: number | null },
  now: number,
): 'active' | 'revoked' | 'expired' {
  if (row.revoked_at !== null) return 'revoked';
  return row.expires_at !== null && row.expires_at <= now ? 'expired' : 'active';
}

function toPersonalScopes(scopes: readonly string[]): PersonalScope[] {
  if (scopes.length === 0) throw ruleBroken("Scopes can't be blank");
  if (scopes.some((scope) => !(PERSONAL_SCOPES as readonly string[]).includes(scope)))
    throw invalidParameter('scopes does not have a valid value');
  return PERSONAL_SCOPES.filter((scope) => scopes.includes(scope));
}

function toToken(row: table.PersonalAccessTokenRow): PersonalToken {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    description: row.description,
    scopes: row.scopes.split(' ') as PersonalScope[],
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
    createdAt: row.created_at,
  };
}
