import { formatBytes } from '../../lib/byte-size.ts';
import { overQuota } from '../../lib/errors.ts';
import { idsOf } from '../../lib/lineage.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import { findLineage } from '../../store/tables/lineages.ts';
import type { ProjectRow } from '../../store/tables/projects.ts';
import { findPathOf } from '../../store/tables/routes.ts';
import * as table from '../../store/tables/storage-limits.ts';
import { countStored, type StorageScope } from '../../store/tables/stored.ts';
import { bytesInProgress } from './bytes-in-progress.ts';
import { createQuotaRecount } from './quota-recount.ts';

/** Where something is stored, with the groups that it is in. */
export type ProjectRef = Pick<ProjectRow, 'id' | 'lineage'>;

/** The limits of a project and of the groups above it, in the order of their ids. */
export const limitsOver = (db: Db, { id, lineage }: ProjectRef) => table.findLimitsOver(db, id, idsOf(lineage));

/** The scope of a limit. @param lineage of something below it, as it is now. */
export function scopeOf({ project_id, namespace_id }: table.StorageLimitRow, lineage: string): StorageScope {
  if (project_id !== null) return { projectId: project_id };
  const part = `/${namespace_id}/`;
  return { lineage: lineage.slice(0, lineage.indexOf(part) + part.length) };
}

/** Recounts the used bytes exactly; no other transaction adds to them until this one ends. */
export async function recount(trx: Db, limit: table.StorageLimitRow): Promise<table.StorageLimitRow> {
  const locked = await table.lockLimit(trx, limit.id);
  const scope = locked && (await scopeNow(trx, locked));
  if (!scope) return gone(limit);
  const { total } = await countStored(trx, scope);
  await table.writeUsed(trx, limit.id, total);
  return { ...locked, used_bytes: total };
}

/**
 * Asked in the transaction, after the lock: the group may have moved since the request began, and nothing is below
 * where it was.
 */
async function scopeNow(trx: Db, { project_id, namespace_id }: table.StorageLimitRow) {
  if (project_id !== null) return { projectId: project_id };
  const lineage = namespace_id === null ? undefined : await findLineage(trx, namespace_id);
  return lineage === undefined ? undefined : { lineage };
}

/** The limit was removed since the request began: nothing limits the request. */
const gone = (limit: table.StorageLimitRow) => ({ ...limit, used_bytes: 0, max_bytes: Number.MAX_SAFE_INTEGER });

/** Recounts all namespaces of a lineage, after something was moved there. */
export async function recountAbove(trx: Db, lineage: string): Promise<void> {
  // No project has the number 0.
  for (const limit of await limitsOver(trx, { id: 0, lineage })) await recount(trx, limit);
}

/** A request for quota, before anything is stored. */
export interface QuotaRequest {
  /** Announced bytes, or more; undefined: not announced. */
  announced?: number | undefined;
}

/** The headroom under the tightest limit. */
export interface Headroom {
  /** In bytes, without those in progress; infinite without a limit. */
  left: number;
  /** The same, after bytes that have come since. */
  leftNow(): number;
  /** The error to throw when this many bytes are too many. */
  refuse(bytes: number): Promise<Error>;
}

const ENDLESS: Headroom = {
  left: Number.POSITIVE_INFINITY,
  leftNow: () => Number.POSITIVE_INFINITY,
  refuse: async () => new Error('there is no limit'),
};

/** One memory for each database: limits of two have the same ids. */
const recountsOf = new WeakMap<Db, ReturnType<typeof createQuotaRecount<table.StorageLimitRow>>>();

/**
 * The limit, recounted now or recently, with the bytes in progress. Additions since then are in the sum; deletions may
 * be missing.
 */
export async function recountedLimit(db: Db, limit: table.StorageLimitRow): Promise<table.StorageLimitRow> {
  const quotaRecount = recountsOf.get(db) ?? createQuotaRecount<table.StorageLimitRow>();
  recountsOf.set(db, quotaRecount);
  const now = await quotaRecount.count(limit.id, async () => {
    await bytesInProgress(db).check(limit);
    return inTransaction(db, (trx) => recount(trx, limit));
  });
  return now ?? (await table.findLimitById(db, limit.id)) ?? gone(limit);
}

/**
 * The headroom of a project. @param atLeast bytes: with less headroom than that the limit is recounted exactly, not
 * again at once.
 */
export async function headroomOf(db: Db, place: ProjectRef, atLeast: number): Promise<Headroom> {
  const progress = bytesInProgress(db);
  const leftUnder = (limit: table.StorageLimitRow) => limit.max_bytes - limit.used_bytes - progress.under(limit);
  const limits: table.StorageLimitRow[] = [];
  for (const limit of await limitsOver(db, place))
    limits.push(leftUnder(limit) >= atLeast ? limit : await recountedLimit(db, limit));
  if (limits.length === 0) return ENDLESS;
  const tightest = () => limits.reduce((least, limit) => (leftUnder(limit) < leftUnder(least) ? limit : least));
  const leftNow = () => leftUnder(tightest());
  return { left: leftNow(), leftNow, refuse: (bytes) => over(db, tightest(), bytes) };
}

/**
 * A body that is being uploaded to a project: refused when it is announced to be larger than the headroom, and cut
 * where it becomes so. Its bytes count for all other bodies while it is read. Without a limit it is the body itself.
 * @throws PosternError `over_quota`, before or while it is read.
 */
export async function guardBody(
  db: Db,
  place: ProjectRef,
  body: AsyncIterable<Uint8Array>,
  { announced = 1 }: QuotaRequest = {},
): Promise<AsyncIterable<Uint8Array>> {
  const headroom = await headroomOf(db, place, announced);
  if (headroom.left < announced) throw await headroom.refuse(announced);
  return headroom.left === Number.POSITIVE_INFINITY ? body : cutAt(db, place, body, announced, headroom);
}

async function* cutAt(db: Db, place: ProjectRef, body: AsyncIterable<Uint8Array>, announced: number, first: Headroom) {
  const hold = bytesInProgress(db).hold(place);
  let headroom = first;
  let size = 0;
  const take = async () => {
    const bytes = Math.max(size, announced);
    hold.set(bytes);
    if (headroom.leftNow() < 0) headroom = await headroomOf(db, place, 0);
    if (headroom.leftNow() < 0) throw await headroom.refuse(bytes);
  };
  try {
    await take();
    for await (const chunk of body) {
      size += chunk.byteLength;
      if (size > announced) await take();
      yield chunk;
    }
  } finally {
    hold.release();
  }
}

/** The error for a request over the quota. */
export async function over(db: Db, limit: table.StorageLimitRow, bytes: number): Promise<Error> {
  const path = await findPathOf(db, limit);
  // Someone who may push to a project need not know how much the groups above it store.
  if (limit.project_id === null) return overQuota(`The storage limit of the group ${path} is reached. ${WHAT_TO_DO}`);
  const used = formatBytes(limit.used_bytes);
  const max = formatBytes(limit.max_bytes);
  return overQuota(
    `The project ${path} uses ${used} of its storage limit of ${max}: ${formatBytes(bytes)} more do not fit. ${WHAT_TO_DO}`,
  );
}

const WHAT_TO_DO = 'Delete data you no longer need, or ask an administrator for a higher limit.';
