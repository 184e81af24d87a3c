import { formatBytes } from '../../lib/byte-size.ts';
import { overQuota } from '../../lib/errors.ts';
import { idsOf } from '../../lib/lineage.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import { findPathOf } from '../../store/tables/routes.ts';
import * as table from '../../store/tables/storage-limits.ts';
import { type Addition, countStored, isStored, type StorageScope } from '../../store/tables/stored.ts';
import type { Project } from '../projects/projects.ts';

/** Where something is stored, with the groups that it is in. */
export type Place = Pick<Project, 'id' | 'lineage'>;

const limitsOver = (db: Db, { id, lineage }: Place) => table.findLimitsOver(db, id, idsOf(lineage));

/** What a limit counts. @param lineage of something below it. */
export function scopeOf({ project_id, namespace_id }: table.StorageLimitRow, lineage: string): StorageScope {
  if (project_id !== null) return { projectId: project_id };
  const part = `/${namespace_id}/`;
  return { lineage: lineage.slice(0, lineage.indexOf(part) + part.length) };
}

/**
 * To be called in every transaction that comes to refer to blobs, before it writes the references, and after it has taken its
 * other locks: whoever else comes to store something under the same limit waits until it ends.
 * @throws PosternError `over_quota` when there is no room for them. Docs: docs/decisions/0007.
 */
export async function takeRoom(trx: Db, place: Place, additions: readonly Addition[]): Promise<void> {
  if (!trx.isTransaction)
    throw new Error('room that is taken outside a transaction would be kept whatever becomes of it');
  for (const limit of await limitsOver(trx, place)) {
    const scope = scopeOf(limit, place.lineage);
    let bytes = 0;
    for (const each of distinct(additions)) if (!(await isStored(trx, scope, each))) bytes += each.size;
    if (bytes === 0 || (await table.addUsed(trx, limit.id, bytes))) continue;
    const now = await recount(trx, limit, place.lineage);
    if (now.used_bytes + bytes > now.max_bytes) throw await over(trx, now, bytes);
    await table.writeUsed(trx, limit.id, now.used_bytes + bytes);
  }
}

const distinct = (additions: readonly Addition[]) =>
  new Map(additions.map((each) => [`${each.kind} ${each.name}`, each])).values();

/** Counts to the byte what is used; nobody adds to it until the transaction ends. */
async function recount(trx: Db, limit: table.StorageLimitRow, lineage: string): Promise<table.StorageLimitRow> {
  const locked = await table.lockLimit(trx, limit.id);
  // Taken away just now: nothing stands in the way of what is asked.
  if (!locked) return { ...limit, used_bytes: 0, max_bytes: Number.MAX_SAFE_INTEGER };
  const { total } = await countStored(trx, scopeOf(limit, lineage));
  await table.writeUsed(trx, limit.id, total);
  return { ...locked, used_bytes: total };
}

/** Counts anew for all namespaces of a lineage: after something was moved to there. */
export async function recountAbove(trx: Db, lineage: string): Promise<void> {
  // No project has the number 0.
  for (const limit of await limitsOver(trx, { id: 0, lineage })) await recount(trx, limit, lineage);
}

export async function recountOne(trx: Db, limit: table.StorageLimitRow, lineage: string): Promise<void> {
  await recount(trx, limit, lineage);
}

/** What is asked for, of which nothing may be stored yet. */
export interface Request {
  /** So many bytes are there already, and belong to nothing. */
  before?: number;
  /** So many bytes are about to come, or more; undefined: nobody knows. */
  announced?: number | undefined;
}

/** The room under the limit that leaves least of it. */
export interface Room {
  /** In bytes; infinite without a limit. */
  left: number;
  /** What to throw when so many are too many. */
  refuse(bytes: number): Promise<Error>;
}

const ENDLESS: Room = {
  left: Number.POSITIVE_INFINITY,
  refuse: async () => new Error('there is no limit'),
};

/** How much can be stored in a place. @param atLeast bytes: with less room than that it is counted to the byte. */
export async function roomIn(db: Db, place: Place, atLeast: number): Promise<Room> {
  const limits = await limitsOver(db, place);
  let room = ENDLESS;
  for (const limit of limits) {
    const known = limit.max_bytes - limit.used_bytes;
    const now = known >= atLeast ? limit : await inTransaction(db, (trx) => recount(trx, limit, place.lineage));
    const left = now.max_bytes - now.used_bytes;
    if (left < room.left) room = { left, refuse: (bytes) => over(db, now, bytes) };
  }
  return room;
}

/**
 * A body on its way into a place: refused when it is announced to be larger than the room that is left, and cut where it
 * becomes so. Without a limit it is the body itself.
 * @throws PosternError `over_quota`, before or while it is read.
 */
export async function guardBody(
  db: Db,
  place: Place,
  body: AsyncIterable<Uint8Array>,
  { before = 0, announced }: Request = {},
): Promise<AsyncIterable<Uint8Array>> {
  const least = before + (announced ?? 1);
  const room = await roomIn(db, place, least);
  if (room.left < least) throw await room.refuse(least);
  return room.left === Number.POSITIVE_INFINITY ? body : cutAt(db, place, body, before, room);
}

async function* cutAt(db: Db, place: Place, body: AsyncIterable<Uint8Array>, before: number, room: Room) {
  let [size, now] = [before, room];
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > now.left) now = await roomIn(db, place, size);
    if (size > now.left) throw await now.refuse(size);
    yield chunk;
  }
}

async function over(db: Db, limit: table.StorageLimitRow, bytes: number): Promise<Error> {
  const path = await findPathOf(db, limit);
  const what = limit.project_id === null ? 'group' : 'project';
  const [used, max] = [formatBytes(limit.used_bytes), formatBytes(limit.max_bytes)];
  return overQuota(
    `The ${what} ${path} uses ${used} of its ${max} of storage: ${formatBytes(bytes)} more do not fit. Delete what is no longer needed, or ask an administrator for more.`,
  );
}
