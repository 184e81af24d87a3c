import type { Db } from '../../store/db/database.ts';
import { isBrokenReference } from '../../store/db/errors.ts';
import { deleteStaleImageBlobs, listImageIds } from '../../store/tables/stale-image-blobs.ts';
import type { Run } from './sweep.ts';

/** How many images one statement covers. */
const IMAGES = 100;

/**
 * How often the statement is tried when a push refers to one of its blobs at the same time; then the next run does it.
 */
const ATTEMPTS = 5;

/**
 * Unlinks blobs from images where no manifest of the image needs them, and no client pushed, mounted or requested them
 * within the grace period. A dry run unlinks nothing: its query for needed blobs ignores such links.
 */
export async function unlinkUnneeded(db: Db, run: Run): Promise<void> {
  if (run.dryRun) return;
  for (let after = 0; ; ) {
    run.signal.throwIfAborted();
    const ids = await listImageIds(db, after, IMAGES);
    const first = ids[0];
    const last = ids.at(-1);
    if (first === undefined || last === undefined) return;
    await unlink(db, { first, last }, run);
    after = last;
  }
}

async function unlink(db: Db, images: { first: number; last: number }, run: Run): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      await deleteStaleImageBlobs(db, images, run.cutoff);
      return;
    } catch (error) {
      if (!isBrokenReference(error)) throw error;
    }
  }
}
