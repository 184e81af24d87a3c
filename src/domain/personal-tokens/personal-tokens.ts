import { DAY } from '../../lib/clock.ts';
import { sha256Hex } from '../../lib/digest.ts';
import { conflict, inField, invalidParameter, notFound, ruleBroken } from '../../lib/errors.ts';
import { formatInstant, parseInstant } from '../../lib/instant.ts';
import type { Secret } from '../../lib/secret.ts';
import { generateToken, type InspectedToken } from '../../lib/token-format.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import { mapPage, type Page, type PageRequest } from '../../store/tables/page.ts';
import * as table from '../../store/tables/personal-access-tokens.ts';
import { findUser } from '../../store/tables/users.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit, AuditAction } from '../audit/audit.ts';
import type { AuditAuthor } from '../audit/author.ts';
import type { Deps } from '../deps.ts';
import { checkName } from '../paths.ts';
import { createUsageLog } from '../usage/usage-log.ts';
import { toUser, type User } from '../users/user.ts';
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

/** How long the successor of a rotated token lives when nothing else is asked for. */
const ROTATED_FOR_MS = 7 * DAY;

export function createPersonalTokens(deps: Deps, audit: Audit) {
  const { db, clock } = deps;
  const usage = createUsageLog(deps, 'personal access tokens', (trx, id, { at }) =>
    table.updatePersonalAccessTokenUse(trx, id, at),
  );

  const judge = async (trx: Db, row: table.PersonalAccessTokenRow): Promise<PersonalTokenCheck> => {
    const owner = await findUser(trx, row.user_id);
    if (!owner) return { outcome: 'unknown' };
    const user = toUser(owner);
    return { outcome: user.blocked ? 'blocked' : stateOf(row, clock()), token: toToken(row), user };
  };

  const insert = async (trx: Db, row: Omit<table.PersonalAccessTokenRow, 'id'>, username: string, by: AuditAuthor) => {
    const id = await table.insertPersonalAccessToken(trx, row);
    const token = toToken({ ...row, id });
    await audit.record(auditOf('personal_access_token_created', token, username, by), trx);
    return token;
  };

  /** @returns whether it was not revoked before. */
  const revoke = async (trx: Db, token: PersonalToken, by: AuditAuthor): Promise<boolean> => {
    const revoked = await table.revokePersonalAccessToken(trx, token.id, clock());
    const owner = await findUser(trx, token.userId);
    if (revoked) await audit.record(auditOf('personal_access_token_revoked', token, owner?.username ?? '', by), trx);
    return revoked;
  };

  return {
    usage,

    /** Makes a token for a user. Its secret is in the answer and nowhere else. */
    async create(
      user: User,
      request: NewPersonalToken,
      { author: by, confirm }: Authorised,
    ): Promise<{ token: PersonalToken; secret: Secret }> {
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
        await confirm(trx);
        return { token: await insert(trx, row, user.username, by), secret };
      });
    },

    async list(
      filter: table.PersonalAccessTokenFilter,
      page: PageRequest,
      direction?: 'asc' | 'desc',
    ): Promise<Page<PersonalToken>> {
      return mapPage(await table.listPersonalAccessTokens(db, filter, page, direction), toToken);
    },

    /**
     * @param userId the required owner; null for any owner. @throws PosternError not_found, also for a token of someone
     * else.
     */
    async get(id: number, userId: number | null): Promise<PersonalToken> {
      const row = await table.findPersonalAccessToken(db, id);
      if (!row || (userId !== null && row.user_id !== userId)) throw notFound('personal access token');
      return toToken(row);
    },

    /** Ends a token for good. Revoking twice is no error and keeps the first instant. */
    async revoke(token: PersonalToken, { author: by, confirm }: Authorised): Promise<void> {
      await inTransaction(db, async (trx) => {
        await confirm(trx);
        await revoke(trx, token, by);
      });
    },

    /**
     * Ends a token and makes its successor, with the same name, scopes and user. Either both happen or neither.
     * @param expiresAt when the new one ends, as it was sent; empty: in seven days, as in GitLab.
     * @throws PosternError when the token has ended already.
     */
    async rotate(
      token: PersonalToken,
      expiresAt: string | null | undefined,
      { author: by, confirm }: Authorised,
    ): Promise<{ token: PersonalToken; secret: Secret }> {
      const now = clock();
      const expires = expiresAt ? parseInstant('expires_at', expiresAt) : now + ROTATED_FOR_MS;
      if (stateOf({ revoked_at: token.revokedAt, expires_at: token.expiresAt }, now) !== 'active')
        throw ruleBroken("The token is revoked or expired and can't be rotated: create a new one");
      const secret = generateToken('glpat-');
      return inTransaction(db, async (trx) => {
        await confirm(trx);
        if (!(await revoke(trx, token, by))) throw conflict('The token has been revoked by another request');
        const owner = await findUser(trx, token.userId);
        if (!owner) throw notFound('user');
        const row = {
          user_id: token.userId,
          name: token.name,
          description: token.description,
          scopes: token.scopes.join(' '),
          hash: sha256Hex(secret.reveal()),
          expires_at: expires,
          revoked_at: null,
          last_used_at: null,
          created_at: now,
        };
        return { token: await insert(trx, row, owner.username, by), secret };
      });
    },

    /** Looks a secret up, with its user. Asked on every request. */
    async check({ text, prefix, wellFormed }: InspectedToken): Promise<PersonalTokenCheck> {
      // The token of root may be any text; what looks like one of ours and is not is a typing error or a guess, and
      // costs no query.
      if (prefix !== null && (prefix !== 'glpat-' || !wellFormed)) return { outcome: 'malformed' };
      const row = await table.findPersonalAccessTokenByHash(db, sha256Hex(text));
      return row ? judge(db, row) : { outcome: 'unknown' };
    },

    /** The same for a token that is named by its id: by a bearer token of ours, which is no answer by itself. */
    async checkById(id: number, trx = db): Promise<PersonalTokenCheck> {
      const row = await table.findPersonalAccessToken(trx, id);
      return row ? judge(trx, row) : { outcome: 'unknown' };
    },
  };
}

function auditOf(action: AuditAction, token: PersonalToken, username: string, by: AuditAuthor) {
  return {
    action,
    by,
    entity: { kind: 'User', id: token.userId, path: username },
    target: { kind: 'PersonalAccessToken', id: token.id, name: token.name },
    details: { scopes: token.scopes, expires_at: formatInstant(token.expiresAt) },
  } as const;
}

export function stateOf(
  row: { revoked_at: number | null; expires_at: number | null },
  now: number,
): 'active' | 'revoked' | 'expired' {
  if (row.revoked_at !== null) return 'revoked';
  return row.expires_at !== null && row.expires_at <= now ? 'expired' : 'active';
}

function toPersonalScopes(scopes: readonly string[]): PersonalScope[] {
  if (scopes.length === 0) throw inField('scopes', ruleBroken("Scopes can't be blank"));
  if (scopes.some((scope) => !(PERSONAL_SCOPES as readonly string[]).includes(scope)))
    throw inField('scopes', invalidParameter('scopes does not have a valid value'));
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
