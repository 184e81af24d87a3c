import { SECOND } from '../../lib/clock.ts';
import { notFound, unavailable, unprocessable } from '../../lib/errors.ts';
import { createSemaphore } from '../../lib/semaphore.ts';
import { inTransaction } from '../../store/db/database.ts';
import * as table from '../../store/tables/image-tags.ts';
import type { Page, PageRequest } from '../../store/tables/page.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';
import { recordDeletion } from './deletions.ts';
import { readImageConfig } from './image-config.ts';
import type { ImageRepository } from './repositories.ts';

export type ImageTag = table.ImageTagRow;
export type { TagQuery } from '../../store/tables/image-tags.ts';

/** Which tags of an image are deleted at once. `latest` never is. */
export interface TagSelection {
  /** Those that it says yes to, but for those that `keep` says yes to. */
  matches: (tag: string) => boolean;
  keep: (tag: string) => boolean;
  /** Of those the ones that were set last stay, this many. */
  keepNewest: number;
  /** And those that were set less long ago than this, in milliseconds. */
  olderThan: number;
}

export type ImageTags = ReturnType<typeof createImageTags>;

/** Tags that are deleted, and named in one audit event, per batch. */
const BATCH = 500;
/** After so many milliseconds of matching the other requests have their turn. */
const TURN = 10;
/** A pattern that a person means is through with the largest image long before. */
const MAX_MATCHING = 20 * SECOND;

/** How many requests wait for their turn to match patterns, and how long, in milliseconds. */
const MAX_WAITING = 8;
const LONGEST_WAIT = 30 * SECOND;

export function createImageTags({ db, imageBlobs, clock }: Deps, audit: Audit) {
  const remove = (
    project: Project,
    image: ImageRepository,
    names: readonly string[],
    notAfter: number,
    { author: by, confirm }: Authorised,
  ) =>
    inTransaction(db, async (trx) => {
      await confirm(trx);
      const tags = await table.deleteTags(trx, image.id, names, notAfter);
      if (tags.length > 0)
        await recordDeletion(
          audit,
          trx,
          { ...image, project },
          { action: 'container_repository_tags_deleted', tags },
          by,
        );
      return tags.length;
    });

  // One at a time: each takes a turn of every few milliseconds from all other requests.
  const matching = createSemaphore({
    atOnce: 1,
    queue: MAX_WAITING,
    queueTimeoutMs: LONGEST_WAIT,
    busy: () => unavailable('Other deletions of tags by pattern are in progress', 30),
  });
  const selectAlone = async (image: ImageRepository, wanted: TagSelection, now: number) => {
    const leave = await matching.enter();
    try {
      return await select(await table.listTagsByAge(db, image.id), wanted, now);
    } finally {
      leave();
    }
  };

  return {
    /** By default in ASCII order. */
    list: (image: ImageRepository, page: PageRequest, listQuery?: table.TagQuery): Promise<Page<ImageTag>> =>
      table.listImageTags(db, image.id, page, listQuery),

    /** Which of these tags there are. */
    named: (image: ImageRepository, names: readonly string[]): Promise<ImageTag[]> =>
      table.findImageTags(db, image.id, names),

    /** @throws PosternError not_found. */
    async get(image: ImageRepository, name: string): Promise<ImageTag> {
      const tag = await table.findImageTag(db, image.id, name);
      if (!tag) throw notFound('tag');
      return tag;
    },

    /** When an image says that it was built, in milliseconds; null: it says nothing, or is a list of images. */
    builtAt: async (image: ImageRepository, { config_digest: digest }: ImageTag): Promise<number | null> =>
      digest === null ? null : (await readImageConfig({ db, imageBlobs }, image.id, digest)).builtAt,

    /** @throws PosternError not_found. */
    async destroy(project: Project, image: ImageRepository, name: string, by: Authorised): Promise<void> {
      if ((await remove(project, image, [name], clock(), by)) === 0) throw notFound('tag');
    },

    /** Deletes just these; those that are not there any more are no mistake. @returns how many went. */
    destroyNamed: (
      project: Project,
      image: ImageRepository,
      names: readonly string[],
      by: Authorised,
    ): Promise<number> => remove(project, image, names, clock(), by),

    /**
     * Deletes the tags that are selected. A tag that is set again during the deletion stays.
     * @returns how many went. @throws PosternError unprocessable when the patterns take too long, unavailable when too
     * many requests match patterns; nothing has changed then.
     */
    async destroySelected(
      project: Project,
      image: ImageRepository,
      wanted: TagSelection,
      by: Authorised,
    ): Promise<number> {
      const now = clock();
      const selected = await selectAlone(image, wanted, now);
      const newest = Math.max(0, ...selected.map((tag) => tag.updated_at));
      let count = 0;
      for (let at = 0; at < selected.length; at += BATCH) {
        const names = selected.slice(at, at + BATCH).map((tag) => tag.name);
        count += await remove(project, image, names, newest, by);
      }
      return count;
    },
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
