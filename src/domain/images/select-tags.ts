import { SECOND } from '../../lib/clock.ts';
import { unavailable, unprocessable } from '../../lib/errors.ts';
import { createSemaphore } from '../../lib/semaphore.ts';
import { listTagsByAge } from '../../store/tables/image-tags.ts';
import type { Deps } from '../deps.ts';
import type { ImageRepository } from './repositories.ts';
import type { TagSelection } from './tag-selection.ts';

/** After so many milliseconds of matching the other requests have their turn. */
const TURN = 10;
/** In milliseconds, for one image. A pattern that a person writes takes far less with the largest image. */
const MAX_MATCHING = 20 * SECOND;

/** How many requests wait for their turn to match patterns, and how long, in milliseconds. */
const MAX_WAITING = 8;
const LONGEST_WAIT = 30 * SECOND;

/** Matches the tags of images with patterns, one image at a time: matching takes time from all other requests. */
export function createTagSelector({ db, clock }: Pick<Deps, 'db' | 'clock'>) {
  const matching = createSemaphore({
    atOnce: 1,
    queue: MAX_WAITING,
    queueTimeoutMs: LONGEST_WAIT,
    busy: () => unavailable('Other deletions of tags by pattern are in progress', 30),
  });

  /**
   * The selected tags of an image.
   * @throws PosternError unprocessable when the patterns take too long, unavailable when too many requests match
   * patterns.
   */
  return async (image: ImageRepository, wanted: TagSelection): Promise<Aged[]> => {
    const now = clock();
    const leave = await matching.enter();
    try {
      return await select(await listTagsByAge(db, image.id), wanted, now);
    } finally {
      leave();
    }
  };
}

interface Aged {
  name: string;
  updated_at: number;
}

/** @param tags the ones that were set last first. */
async function select(tags: readonly Aged[], wanted: TagSelection, now: number): Promise<Aged[]> {
  const started = performance.now();
  let turn = started;
  const matching: Aged[] = [];
  for (const tag of tags) {
    if (tag.name !== 'latest' && wanted.matches(tag.name) && !wanted.keep(tag.name)) matching.push(tag);
    if (performance.now() - turn < TURN) continue;
    if (performance.now() - started > MAX_MATCHING) throw unprocessable('The patterns take too long to match.');
    await Bun.sleep(0);
    turn = performance.now();
  }
  return matching.slice(wanted.keepNewest).filter((tag) => tag.updated_at <= now - wanted.olderThan);
}
