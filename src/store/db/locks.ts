import { sql } from 'kysely';
import type { Db } from './database.ts';
import { isPostgres } from './migrations/columns.ts';

/** Any number that no other advisory lock has; it spells "Tree". */
const HIERARCHY = 0x5472_6565;

/**
 * Holds the tree of groups still until the transaction ends. `shared` for what is put into it: many at once, none while
 * something moves. `exclusive` for what moves or removes a part of it, or relies on no such change until it ends.
 * SQLite has one writer at a time anyway.
 */
export async function lockHierarchy(trx: Db, how: 'shared' | 'exclusive'): Promise<void> {
  if (!trx.isTransaction) throw new Error('a lock of the hierarchy outside a transaction would end at once');
  if (!isPostgres(trx)) return;
  await (how === 'shared'
    ? sql`select pg_advisory_xact_lock_shared(${HIERARCHY})`
    : sql`select pg_advisory_xact_lock(${HIERARCHY})`
  ).execute(trx);
}

/** Spells "Admi". */
const ADMINISTRATORS = 0x4164_6d69;

/** Keeps everyone else from making, unmaking or blocking administrators until the transaction ends. */
export async function lockAdministrators(trx: Db): Promise<void> {
  if (!trx.isTransaction) throw new Error('a lock of the administrators outside a transaction would end at once');
  if (isPostgres(trx)) await sql`select pg_advisory_xact_lock(${ADMINISTRATORS})`.execute(trx);
}

/** Spells "Keys". */
const SIGNING_KEYS = 0x4b65_7973;

/** Keeps all other nodes from making or retiring signing keys until the transaction ends. */
export async function lockSigningKeys(trx: Db): Promise<void> {
  if (!trx.isTransaction) throw new Error('a lock of the signing keys outside a transaction would end at once');
  if (isPostgres(trx)) await sql`select pg_advisory_xact_lock(${SIGNING_KEYS})`.execute(trx);
}

/**
 * Keeps blobs from being collected until the transaction ends: a transaction that refers to a blob takes this, then
 * looks whether its bytes are there, then writes the reference. Many hold one at once; the collector waits for none of
 * them and passes it by.
 * @param sha256s names of the blobs, hex.
 */
export async function lockBlobs(trx: Db, sha256s: readonly string[]): Promise<void> {
  if (!trx.isTransaction) throw new Error('a lock of blobs outside a transaction would end at once');
  if (!isPostgres(trx) || sha256s.length === 0) return;
  await sql`select pg_advisory_xact_lock_shared(key) from unnest(${sha256s.map(keyOf)}::bigint[]) as key`.execute(trx);
}

/**
 * Keeps everyone from coming to refer to these blobs until the transaction ends. Those that somebody holds are left
 * out.
 * @returns those that are locked.
 */
export async function tryLockBlobs(trx: Db, sha256s: readonly string[]): Promise<string[]> {
  if (!trx.isTransaction) throw new Error('a lock of blobs outside a transaction would end at once');
  if (!isPostgres(trx) || sha256s.length === 0) return [...sha256s];
  const { rows } = await sql<{ sha256: string; got: boolean }>`
    select sha256, pg_try_advisory_xact_lock(key) as got
    from unnest(${sha256s}::text[], ${sha256s.map(keyOf)}::bigint[]) as t (sha256, key)`.execute(trx);
  return rows.filter(({ got }) => got).map(({ sha256 }) => sha256);
}

/**
 * How long each further statement of a transaction waits for a lock, at most; SQLite's has all there are. @throws what
 * `isLockTimeoutOrDeadlock` knows.
 */
export async function waitForLocks(trx: Db, ms: number): Promise<void> {
  if (isPostgres(trx)) await sql`select set_config('lock_timeout', ${String(ms)}, true)`.execute(trx);
}

/** 64 bits of the digest. Two blobs that share them would wait for each other, and no more. */
const keyOf = (sha256: string) => BigInt.asIntN(64, BigInt(`0x${sha256.slice(0, 16)}`)).toString();
