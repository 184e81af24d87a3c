import { notFound } from '../../lib/errors.ts';
import type { Db } from '../../store/db/database.ts';
import { waitForLocks } from '../../store/db/locks.ts';
import { inSharedCommit } from '../../store/db/shared-commit.ts';
import { lockProject } from '../../store/tables/lineages.ts';
import * as table from '../../store/tables/storage-limits.ts';
import { type Addition, isStored } from '../../store/tables/stored.ts';
import { limitsOver, over, type ProjectRef, recountedLimit, scopeOf } from './quota.ts';
import { enterQuotaQueue } from './quota-queue.ts';

/**
 * Takes room for what is about to be stored. To be called when the transaction has taken its other locks, before it
 * writes the references: other transactions that store something under the same limit wait until it ends.
 */
export type ReserveQuota = (additions: readonly Addition[]) => Promise<void>;

/**
 * Runs the transaction in which a project comes to refer to blobs. The project stays until it ends, and with too many
 * others under one limit it waits without a connection to the database.
 * @param work may be run a second time, when a deletion since the last count leaves enough quota.
 * @throws PosternError `over_quota` when the quota is exceeded, `not_found` when the project is gone, `unavailable`
 * when the wait was too long. Docs: docs/decisions/0007.
 */
export async function inQuotaTransaction<T>(
  db: Db,
  place: ProjectRef,
  work: (trx: Db, reserveQuota: ReserveQuota) => Promise<T>,
): Promise<T> {
  const leave = await enterQuotaQueue(db, await limitsOver(db, place));
  try {
    return await attempt(db, place, work).catch(async (error: unknown) => {
      if (!(error instanceof QuotaExceeded)) throw error;
      const { limit, bytes } = error;
      const now = await recountedLimit(db, limit);
      if (now.used_bytes + bytes > now.max_bytes) throw await over(db, now, bytes);
      return attempt(db, place, work).catch(async (again: unknown) => {
        throw again instanceof QuotaExceeded ? await over(db, now, bytes) : again;
      });
    });
  } finally {
    leave();
  }
}

/** Ends a transaction that exceeds a quota: the exact recount is not done while it holds its locks. */
class QuotaExceeded extends Error {
  override readonly name = 'QuotaExceeded';
  readonly limit: table.StorageLimitRow;
  readonly bytes: number;

  constructor(limit: table.StorageLimitRow, bytes: number) {
    super('a quota is exceeded');
    this.limit = limit;
    this.bytes = bytes;
  }
}

const attempt = <T>(db: Db, place: ProjectRef, work: (trx: Db, reserveQuota: ReserveQuota) => Promise<T>) =>
  inSharedCommit(db, async (trx) => {
    await waitForLocks(trx, LONGEST_WAIT_MS);
    // The request read the project before its body arrived, and groups can be moved since. The project is locked
    // before any limit, in the order of a project's deletion.
    const lineage = await lockProject(trx, place.id);
    if (lineage === undefined) throw notFound('project');
    return work(trx, (additions) => reserveQuota(trx, { id: place.id, lineage }, additions));
  });

/** A lock is held for longer only by a recount or a deletion of very much content. */
const LONGEST_WAIT_MS = 5_000;

async function reserveQuota(trx: Db, place: ProjectRef, additions: readonly Addition[]): Promise<void> {
  for (const limit of await limitsOver(trx, place)) {
    const scope = scopeOf(limit, place.lineage);
    let bytes = 0;
    for (const each of distinct(additions)) if (!(await isStored(trx, scope, each))) bytes += each.size;
    if (bytes > 0 && !(await table.addUsed(trx, limit.id, bytes))) throw new QuotaExceeded(limit, bytes);
  }
}

const distinct = (additions: readonly Addition[]) =>
  new Map(additions.map((each) => [`${each.store} ${each.name}`, each])).values();
