import { defined } from '../../lib/defined.ts';
import { sha256Hex } from '../../lib/digest.ts';
import { notFound, PosternError } from '../../lib/errors.ts';
import { formatInstant, parseInstant } from '../../lib/instant.ts';
import { type MaybePromise, thenMaybe } from '../../lib/maybe-promise.ts';
import type { Secret } from '../../lib/secret.ts';
import { generateToken, type InspectedToken } from '../../lib/token-format.ts';
import { printable } from '../../lib/unprintable.ts';
import { inTransaction } from '../../store/db/database.ts';
import * as table from '../../store/tables/deploy-tokens.ts';
import { mapPage, type Page, type PageRequest } from '../../store/tables/page.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit, AuditAction, AuditRecord } from '../audit/audit.ts';
import type { AuditAuthor } from '../audit/author.ts';
import type { Deps } from '../deps.ts';
import { createUsageLog } from '../usage/usage-log.ts';
import { CI_TOKEN_NAME, type DeployTokenScope, toScopes } from './scopes.ts';
import {
  type DeployToken,
  type DeployTokenOwner,
  type DeployTokenState,
  defaultUsername,
  stateOf,
  toName,
  toUsername,
} from './token.ts';

/** The creation request as it was sent. Empty texts count as not given. */
export interface NewDeployToken {
  name: string;
  scopes: readonly string[];
  username?: string | null | undefined;
  /** ISO 8601 date or instant. The past is accepted: such a token never works. */
  expiresAt?: string | null | undefined;
}

/** The owner, with the path for the audit log. */
export type OwnerRef = DeployTokenOwner & { path: string };

export interface ListFilter {
  owner?: DeployTokenOwner;
  groupIds?: readonly number[];
  /** Leaves out the revoked and the expired. */
  active?: boolean;
  /** Leaves out all others. */
  inactive?: boolean;
  /** Part of the name or of the user name. */
  search?: string;
  neverUsed?: boolean;
  neverExpires?: boolean;
  /** Only those that expire before this instant. */
  expiresBefore?: number;
  scope?: DeployTokenScope;
}

export type { DeployTokenOrder } from '../../store/tables/deploy-tokens.ts';

export interface Use {
  ip: string;
  /** Which door it came through: `git`, `lfs`, `registry`, `npm`, ... */
  protocol: string;
}

/** The result of looking up a presented secret. */
export type SecretCheck = { outcome: 'malformed' | 'unknown' } | { outcome: DeployTokenState; token: DeployToken };

export type DeployTokens = ReturnType<typeof createDeployTokens>;

export function createDeployTokens(deps: Deps, audit: Audit) {
  const { db, clock } = deps;
  const usage = createUsageLog<Use>(deps, 'deploy tokens', table.updateDeployTokenUse);
  const checked = (row: table.DeployTokenRow | undefined): SecretCheck => {
    if (!row) return { outcome: 'unknown' };
    const token = toToken(row);
    return { outcome: stateOf(token, clock()), token };
  };

  return {
    usage,

    /**
     * Makes a token. Its secret is in the answer and nowhere else.
     * @throws PosternError saying which rule the request breaks, and what `confirm` throws; nothing is stored then.
     */
    async create(
      owner: OwnerRef,
      request: NewDeployToken,
      { author: by, userId, confirm }: Authorised,
    ): Promise<{ token: DeployToken; secret: Secret }> {
      try {
        const valid = validate(request);
        return await inTransaction(db, async (trx) => {
          await confirm(trx);
          const created = await insert({ ...deps, db: trx }, owner, valid, userId);
          await audit.record(auditOf('created', owner, created.token, by), trx);
          return created;
        });
      } catch (error) {
        if (error instanceof PosternError && error.kind !== 'unauthenticated')
          await audit.record(failureOf(owner, request, error, by));
        throw error;
      }
    },

    /** The tokens of one owner, of several groups, or of everyone. */
    async list(filter: ListFilter, page: PageRequest, order?: table.DeployTokenOrder): Promise<Page<DeployToken>> {
      const { owner, groupIds, active, inactive, search, ...rest } = filter;
      const where: table.DeployTokenFilter = {
        ...ownerFilter(owner),
        ...defined({
          namespaceIds: groupIds,
          activeAt: active ? clock() : undefined,
          inactiveAt: inactive ? clock() : undefined,
          search: search || undefined,
        }),
        ...rest,
      };
      return mapPage(await table.listDeployTokens(db, where, page, order), toToken);
    },

    /** @throws PosternError not_found when the owner has no token of this id; a token of someone else is not there. */
    async get(owner: DeployTokenOwner, id: number): Promise<DeployToken> {
      const row = await table.findDeployToken(db, id, ownerFilter(owner));
      if (!row) throw notFound('deploy token');
      return toToken(row);
    },

    /** Ends a token for good and keeps its row. Revoking twice is no error and keeps the first instant. */
    async revoke(owner: OwnerRef, id: number, { author: by, confirm }: Authorised): Promise<DeployToken> {
      return inTransaction(db, async (trx) => {
        await confirm(trx);
        const row = await table.findDeployToken(trx, id, ownerFilter(owner));
        if (!row) throw notFound('deploy token');
        const at = clock();
        const revoked = await table.revokeDeployToken(trx, id, at);
        if (revoked) await audit.record(auditOf('revoked', owner, toToken(row), by), trx);
        return toToken({ ...row, revoked_at: row.revoked_at ?? at });
      });
    },

    /** Removes a token and its secrets. */
    async destroy(owner: OwnerRef, id: number, { author: by, confirm }: Authorised): Promise<void> {
      await inTransaction(db, async (trx) => {
        await confirm(trx);
        const row = await table.findDeployToken(trx, id, ownerFilter(owner));
        if (!row) throw notFound('deploy token');
        await table.deleteDeployToken(trx, id);
        await audit.record(auditOf('destroyed', owner, toToken(row), by), trx);
      });
    },

    /** Looks a secret up. Asked on every request: nothing remembers an earlier answer. */
    check({ text, prefix, wellFormed }: InspectedToken): MaybePromise<SecretCheck> {
      if (prefix !== 'gldt-' || !wellFormed) return { outcome: 'malformed' };
      return thenMaybe(table.findDeployTokenByHash(db, sha256Hex(text)), checked);
    },

    /** The same for a token that is named by its id: by a bearer token of ours, which is no answer by itself. */
    checkById: (id: number, trx = db): MaybePromise<SecretCheck> =>
      thenMaybe(table.findDeployTokenById(trx, id), checked),

    /** The token for CI jobs of a project: the newest active token named `gitlab-deploy-token`, with its secret. */
    async forJobs(projectId: number): Promise<{ username: string; secret: Secret } | null> {
      const row = await table.findSealedSecret(db, projectId, CI_TOKEN_NAME, clock());
      if (!row?.sealed || row.sealed_key_id !== deps.sealer.keyId) return null;
      return { username: toToken(row).username, secret: deps.sealer.open(row.sealed, sealContext(row.id)) };
    },
  };
}

interface ValidToken {
  name: string;
  scopes: DeployTokenScope[];
  username: string | null;
  expiresAt: number | null;
}

function validate(request: NewDeployToken): ValidToken {
  const scopes = toScopes(request.scopes);
  return {
    name: toName(request.name),
    scopes,
    username: request.username ? toUsername(request.username) : null,
    expiresAt: request.expiresAt ? parseInstant('expires_at', request.expiresAt) : null,
  };
}

async function insert(deps: Deps, owner: DeployTokenOwner, valid: ValidToken, creatorId: number | null) {
  const { db, sealer, clock } = deps;
  const secret = generateToken('gldt-');
  const now = clock();
  const id = await table.insertDeployToken(db, {
    name: valid.name,
    username: valid.username,
    namespace_id: owner.kind === 'group' ? owner.id : null,
    project_id: owner.kind === 'project' ? owner.id : null,
    scopes: valid.scopes.join(' '),
    expires_at: valid.expiresAt,
    creator_id: creatorId,
    created_at: now,
  });
  const sealed = owner.kind === 'project' && valid.name === CI_TOKEN_NAME ? sealer.seal(secret, sealContext(id)) : null;
  const hash = sha256Hex(secret.reveal());
  const sealed_key_id = sealed === null ? null : sealer.keyId;
  await table.insertDeployTokenSecret(db, { deploy_token_id: id, hash, sealed, sealed_key_id, created_at: now });
  const row = await table.findDeployToken(db, id);
  if (!row) throw new Error('the deploy token just written is not there');
  return { token: toToken(row), secret };
}

const sealContext = (id: number) => `deploy-token:${id}`;

function ownerFilter(owner: DeployTokenOwner | undefined): table.DeployTokenFilter {
  if (!owner) return {};
  return owner.kind === 'group' ? { namespaceId: owner.id } : { projectId: owner.id };
}

function toToken(row: table.DeployTokenRow): DeployToken {
  return {
    id: row.id,
    name: row.name,
    username: row.username ?? defaultUsername(row.id),
    owner: {
      ...(row.project_id !== null
        ? { kind: 'project', id: row.project_id }
        : { kind: 'group', id: row.namespace_id as number }),
      lineage: row.lineage as string,
    },
    scopes: row.scopes.split(' ') as DeployTokenScope[],
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    creatorId: row.creator_id,
    createdAt: row.created_at,
    lastUsed:
      row.last_used_at === null
        ? null
        : { at: row.last_used_at, ip: row.last_used_ip ?? '', protocol: row.last_used_protocol ?? '' },
  };
}

function actionOf(owner: DeployTokenOwner, what: 'created' | 'creation_failed' | 'revoked' | 'destroyed'): AuditAction {
  return owner.kind === 'group' ? `group_deploy_token_${what}` : `deploy_token_${what}`;
}

const entityOf = (owner: OwnerRef): AuditRecord['entity'] => ({
  kind: owner.kind === 'group' ? 'Group' : 'Project',
  id: owner.id,
  path: owner.path,
});

function auditOf(
  what: 'created' | 'revoked' | 'destroyed',
  owner: OwnerRef,
  token: DeployToken,
  by: AuditAuthor,
): AuditRecord {
  return {
    action: actionOf(owner, what),
    by,
    entity: entityOf(owner),
    target: { kind: 'DeployToken', id: token.id, name: token.name },
    details: { scopes: token.scopes, username: token.username, expires_at: formatInstant(token.expiresAt) },
  };
}

/** A name that was refused may hold anything: an audit event is written all the same. */
const shortened = (name: string) => printable(name.slice(0, 255));

function failureOf(owner: OwnerRef, request: NewDeployToken, error: PosternError, by: AuditAuthor): AuditRecord {
  return {
    action: actionOf(owner, 'creation_failed'),
    by,
    entity: entityOf(owner),
    target: { kind: 'DeployToken', id: null, name: shortened(request.name) },
    details: { reason: error.message },
  };
}
