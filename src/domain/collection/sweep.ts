import type { BlobStore, ListedBlob } from '../../store/blobs/blob-store.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import { tryLockBlobs } from '../../store/db/locks.ts';

/** Things, and the bytes they took. */
export interface Amount {
  count: number;
  bytes: number;
}

/** One run of the collector. */
export interface Run {
  /** What came, or was last needed, at this instant or later stays. */
  cutoff: number;
  dryRun: boolean;
  signal: AbortSignal;
  /** Told how many blobs were looked at since the last call. */
  looked(count: number): void;
  /** Told of what could not be removed: the run goes on. */
  failed(error: unknown): void;
}

/** What refers to the blobs of one store. */
export interface References {
  store: BlobStore;
  /** Those of these blobs that are needed. Asked twice: at first of many, in passing, then of few, under their lock. */
  findNeeded(db: Db, sha256s: readonly string[]): Promise<Set<string>>;
  /** Those that have rows which nothing refers to, of the blobs whose digests start with two digits. */
  findUnlinked(db: Db, prefix: string): Promise<string[]>;
  /** Removes such rows of these blobs. */
  purgeRows(trx: Db, sha256s: readonly string[]): Promise<void>;
}

/** So many are asked about at once. */
const BATCH_SIZE = 500;

/** So many are removed in a transaction: whoever writes to an embedded database waits for it. */
const TAKE = 20;

/** Removes from a store the blobs that nothing refers to. @returns what it removed, or in a dry run would. */
export async function sweep(db: Db, references: References, run: Run): Promise<Amount> {
  const amount = { count: 0, bytes: 0 };
  for await (const blobs of inChunks(references.store.list(), BATCH_SIZE)) {
    run.signal.throwIfAborted();
    const old = blobs.filter(({ modifiedAt }) => modifiedAt < run.cutoff);
    const needed = await references.findNeeded(db, namesOf(old));
    const unneeded = old.filter(({ sha256 }) => !needed.has(sha256));
    for (let at = 0; at < unneeded.length; at += TAKE) {
      const some = unneeded.slice(at, at + TAKE);
      for (const { size } of run.dryRun ? some : await deleteUnreferenced(db, references, some, run)) {
        amount.count += 1;
        amount.bytes += size;
      }
    }
    run.looked(blobs.length);
  }
  if (!run.dryRun) await forgetUnlinked(db, references, run);
  return amount;
}

/** Removes rows that nothing refers to: of bytes that are too young to be removed, and of some that are gone. */
async function forgetUnlinked(db: Db, references: References, run: Run): Promise<void> {
  for (let bucket = 0; bucket < 256; bucket++) {
    run.signal.throwIfAborted();
    const unlinked = await references.findUnlinked(db, bucket.toString(16).padStart(2, '0'));
    for (let at = 0; at < unlinked.length; at += BATCH_SIZE) {
      const some = unlinked.slice(at, at + BATCH_SIZE);
      await inTransaction(db, async (trx) => references.purgeRows(trx, await tryLockBlobs(trx, some)));
    }
  }
}

/**
 * Removes blobs unless something has come to refer to them: rows and bytes under one lock, which `holdBlobs` waits for.
 * When the transaction fails at its end, rows may stay whose bytes are gone; nothing reads those, and the next run
 * forgets them.
 */
async function deleteUnreferenced(
  db: Db,
  references: References,
  blobs: ListedBlob[],
  run: Run,
): Promise<ListedBlob[]> {
  run.signal.throwIfAborted();
  try {
    return await inTransaction(db, async (trx) => {
      const locked = await tryLockBlobs(trx, namesOf(blobs));
      await references.purgeRows(trx, locked);
      const needed = await references.findNeeded(trx, locked);
      const gone = new Set<string>();
      const remove = async (sha256: string) => {
        if (await references.store.delete(sha256, run.cutoff)) gone.add(sha256);
      };
      await Promise.all(locked.filter((sha256) => !needed.has(sha256)).map(remove));
      return blobs.filter(({ sha256 }) => gone.has(sha256));
    });
  } catch (error) {
    run.failed(error);
    return [];
  }
}

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
