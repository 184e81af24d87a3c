import type { BlobStore, ListedBlob } from '../../store/blobs/blob-store.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import { tryLockBlobs } from '../../store/db/locks.ts';

/** A number of files, and their size. */
export interface Amount {
  count: number;
  bytes: number;
}

/** One run of the collector. */
export interface Run {
  /** A blob that was stored or last needed at this instant or later stays. */
  cutoff: number;
  dryRun: boolean;
  signal: AbortSignal;
  /** Is given the number of blobs that were checked since the last call. */
  looked(count: number): void;
  /** Is given the error of a blob that could not be deleted: the run goes on. */
  failed(error: unknown): void;
}

/** The rows that refer to the blobs of one store. */
export interface References {
  store: BlobStore;
  /**
   * Those of these blobs that are needed. Called twice: without locks for many blobs, then under the locks of a few.
   */
  findNeeded(db: Db, sha256s: readonly string[]): Promise<Set<string>>;
  /** The blobs with unreferenced rows, of those whose digests start with these two digits. */
  findUnlinked(db: Db, prefix: string): Promise<string[]>;
  /** Deletes the unreferenced rows of these blobs. */
  purgeRows(trx: Db, sha256s: readonly string[]): Promise<void>;
}

/** How many blobs one query covers. */
const BATCH_SIZE = 500;

/** How many blobs one transaction deletes. On SQLite all other writers wait for it. */
const DELETE_BATCH = 20;

/**
 * Deletes the unreferenced blobs of a store. @returns the deleted blobs; of a dry run, those that a run would delete.
 */
export async function sweep(db: Db, references: References, run: Run): Promise<Amount> {
  const amount = { count: 0, bytes: 0 };
  for await (const blobs of inChunks(references.store.list(), BATCH_SIZE)) {
    run.signal.throwIfAborted();
    const old = blobs.filter(({ modifiedAt }) => modifiedAt < run.cutoff);
    const needed = await references.findNeeded(db, namesOf(old));
    const unneeded = old.filter(({ sha256 }) => !needed.has(sha256));
    for (let at = 0; at < unneeded.length; at += DELETE_BATCH) {
      const some = unneeded.slice(at, at + DELETE_BATCH);
      for (const { size } of run.dryRun ? some : await deleteSome(db, references, some, run)) {
        amount.count += 1;
        amount.bytes += size;
      }
    }
    run.looked(blobs.length);
  }
  if (!run.dryRun) await purgeUnlinked(db, references, run);
  return amount;
}

/** Deletes unreferenced rows of blobs that are too young to be deleted, and of blobs that are gone. */
async function purgeUnlinked(db: Db, references: References, run: Run): Promise<void> {
  for (let bucket = 0; bucket < 256; bucket++) {
    run.signal.throwIfAborted();
    const unlinked = await references.findUnlinked(db, bucket.toString(16).padStart(2, '0'));
    for (let at = 0; at < unlinked.length; at += BATCH_SIZE) {
      const some = unlinked.slice(at, at + BATCH_SIZE);
      await inTransaction(db, async (trx) => references.purgeRows(trx, await tryLockBlobs(trx, some)));
    }
  }
}

async function deleteSome(db: Db, references: References, blobs: ListedBlob[], run: Run): Promise<ListedBlob[]> {
  run.signal.throwIfAborted();
  try {
    const gone = await deleteUnreferenced(db, references, namesOf(blobs), run.cutoff);
    return blobs.filter(({ sha256 }) => gone.has(sha256));
  } catch (error) {
    run.failed(error);
    return [];
  }
}

/**
 * Deletes blobs that are still unreferenced: rows and bytes under one lock, which `pinBlobs` waits for. If the commit
 * fails, rows without bytes remain; nothing reads them, and the next run deletes them.
 * @param before a blob that was stored at this instant or later stays.
 * @returns those that were deleted. One that another transaction has locked stays.
 */
export const deleteUnreferenced = (
  db: Db,
  references: References,
  sha256s: readonly string[],
  before: number,
): Promise<Set<string>> =>
  inTransaction(db, async (trx) => {
    const locked = await tryLockBlobs(trx, sha256s);
    await references.purgeRows(trx, locked);
    const needed = await references.findNeeded(trx, locked);
    const gone = new Set<string>();
    const remove = async (sha256: string) => {
      if (await references.store.delete(sha256, before)) gone.add(sha256);
    };
    await Promise.all(locked.filter((sha256) => !needed.has(sha256)).map(remove));
    return gone;
  });

const namesOf = (blobs: readonly ListedBlob[]) => blobs.map(({ sha256 }) => sha256);

async function* inChunks<T>(items: AsyncIterable<T>, size: number): AsyncIterable<T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
