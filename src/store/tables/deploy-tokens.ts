import { type Insertable, type Selectable, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import { preparedOne } from '../db/prepared.ts';
import type { DeployTokensTable } from '../db/schema.ts';
import { contains } from './conditions.ts';
import { type Page, type PageRequest, paginate } from './page.ts';

export interface DeployTokenRow extends Selectable<DeployTokensTable> {
  /** The lineage of the group that owns it, or that the project which owns it is in, as it is now. */
  lineage: string | null;
}

export interface DeployTokenFilter {
  namespaceId?: number;
  projectId?: number;
  /** Of any of these groups. */
  namespaceIds?: readonly number[];
  /** Only those that work at this instant. */
  activeAt?: number;
  /** Only those that do not work at this instant, and never will again. */
  inactiveAt?: number;
  /** Part of the name or of the user name. */
  search?: string;
  neverUsed?: boolean;
  neverExpires?: boolean;
  /** Only those that expire before this instant. */
  expiresBefore?: number;
  scope?: string;
}

export async function insertDeployToken(db: Db, row: Insertable<DeployTokensTable>): Promise<number> {
  const { id } = await db.insertInto('deploy_tokens').values(row).returning('id').executeTakeFirstOrThrow();
  return id;
}

export async function insertDeployTokenSecret(
  db: Db,
  row: {
    deploy_token_id: number;
    hash: string;
    sealed: string | null;
    sealed_key_id: string | null;
    created_at: number;
  },
): Promise<void> {
  await db.insertInto('deploy_token_secrets').values(row).execute();
}

const selectTokens = (db: Db) =>
  db
    .selectFrom('deploy_tokens as t')
    .leftJoin('projects as p', 'p.id', 't.project_id')
    .leftJoin('namespaces as n', (join) => join.on('n.id', '=', sql`coalesce(t.namespace_id, p.namespace_id)`))
    .selectAll('t')
    .select('n.lineage as lineage');

/** Looks a token up by the exact hash of one of its secrets: never by a prefix or a pattern. */
export const findDeployTokenByHash = preparedOne<DeployTokenRow>((db, hash) =>
  selectTokens(db).innerJoin('deploy_token_secrets as s', 's.deploy_token_id', 't.id').where('s.hash', '=', hash),
);

/** The same by its id, whichever project or group owns it. */
export const findDeployTokenById = preparedOne<DeployTokenRow, [number]>((db, id) =>
  selectTokens(db).where('t.id', '=', id),
);

export function findDeployToken(
  db: Db,
  id: number,
  filter: DeployTokenFilter = {},
): Promise<DeployTokenRow | undefined> {
  return applyFilter(selectTokens(db), filter).where('t.id', '=', id).executeTakeFirst();
}

/** Tokens without expiry come last, unused tokens come first, on both engines. */
const ORDER = {
  id: sql`t.id`,
  name: sql`lower(t.name)`,
  expires_at: sql`coalesce(t.expires_at, 9007199254740991)`,
  last_used_at: sql`coalesce(t.last_used_at, 0)`,
} as const;

export interface DeployTokenOrder {
  by: keyof typeof ORDER;
  direction: 'asc' | 'desc';
}

/** A page of tokens, oldest first unless it is asked for otherwise. */
export function listDeployTokens(
  db: Db,
  filter: DeployTokenFilter,
  page: PageRequest,
  { by, direction }: DeployTokenOrder = { by: 'id', direction: 'asc' },
): Promise<Page<DeployTokenRow>> {
  const sorted = applyFilter(selectTokens(db), filter).orderBy(ORDER[by], direction).orderBy('t.id', direction);
  return paginate(sorted, page);
}

/** The sealed secret of the newest active token of a project with this name. */
export function findSealedSecret(db: Db, projectId: number, name: string, now: number) {
  return applyFilter(selectTokens(db), { projectId, activeAt: now })
    .innerJoin('deploy_token_secrets as s', 's.deploy_token_id', 't.id')
    .where('t.name', '=', name)
    .where('s.sealed', 'is not', null)
    .select(['s.sealed', 's.sealed_key_id'])
    .orderBy('t.id', 'desc')
    .orderBy('s.created_at', 'desc')
    .executeTakeFirst();
}

/** @returns whether it was there and not revoked yet. */
export async function revokeDeployToken(db: Db, id: number, at: number): Promise<boolean> {
  const result = await db
    .updateTable('deploy_tokens')
    .set({ revoked_at: at })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function deleteDeployToken(db: Db, id: number): Promise<boolean> {
  const result = await db.deleteFrom('deploy_tokens').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Writes a use that is later than the one that is stored: another node may have written a later one. */
export async function updateDeployTokenUse(
  db: Db,
  id: number,
  use: { at: number; ip: string; protocol: string },
): Promise<void> {
  await db
    .updateTable('deploy_tokens')
    .set({ last_used_at: use.at, last_used_ip: use.ip, last_used_protocol: use.protocol })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', use.at)]))
    .execute();
}

function applyFilter<T extends ReturnType<typeof selectTokens>>(query: T, filter: DeployTokenFilter): T {
  let filtered: ReturnType<typeof selectTokens> = query;
  const { namespaceId, namespaceIds, projectId, activeAt, inactiveAt, search } = filter;
  if (namespaceId !== undefined) filtered = filtered.where('t.namespace_id', '=', namespaceId);
  if (namespaceIds !== undefined) filtered = filtered.where('t.namespace_id', 'in', namespaceIds);
  if (search !== undefined) filtered = filtered.where(contains(['t.name', 't.username'], search));
  if (filter.neverUsed) filtered = filtered.where('t.last_used_at', 'is', null);
  if (filter.neverExpires) filtered = filtered.where('t.expires_at', 'is', null);
  if (filter.expiresBefore !== undefined) filtered = filtered.where('t.expires_at', '<', filter.expiresBefore);
  // Scopes are words with spaces between: one is often part of another.
  if (filter.scope !== undefined)
    filtered = filtered.where(
      sql<boolean>`(' ' || t.scopes || ' ') like ${`% ${filter.scope.replaceAll('_', '\\_')} %`} escape '\\'`,
    );
  if (projectId !== undefined) filtered = filtered.where('t.project_id', '=', projectId);
  if (activeAt !== undefined) {
    filtered = filtered
      .where('t.revoked_at', 'is', null)
      .where((eb) => eb.or([eb('t.expires_at', 'is', null), eb('t.expires_at', '>', activeAt)]));
  }
  if (inactiveAt !== undefined) {
    filtered = filtered.where((eb) =>
      eb.or([eb('t.revoked_at', 'is not', null), eb('t.expires_at', '<=', inactiveAt)]),
    );
  }
  return filtered as T;
}

/** How many secrets are sealed with another key than this. */
export async function countSecretsSealedOtherwise(db: Db, keyId: string): Promise<number> {
  const { count } = await db
    .selectFrom('deploy_token_secrets')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('sealed_key_id', '<>', keyId)
    .executeTakeFirstOrThrow();
  return Number(count);
}
