import type { Db } from '../../store/db/database.ts';
import { isBrokenReference } from '../../store/db/errors.ts';
import { deleteStaleImageBlobs, listImageIds } from '../../store/tables/stale-image-blobs.ts';
import type { Run } from './sweep.ts';

/** So many images are looked through at once. */
const IMAGES = 100;

/**
 * How often a manifest may come to need a blob in the very moment in which it is unlinked before it is left to the next
 * run.
 */
const ATTEMPTS = 5;

/**
 * Unlinks from images the blobs that no manifest of theirs needs and that nobody has pushed, mounted or asked for
 * since. A dry run has nothing to do here: it leaves such links out of account when it looks for what is needed.
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
