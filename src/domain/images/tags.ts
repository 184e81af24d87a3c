import { notFound } from '../../lib/errors.ts';
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
import { createTagSelector } from './select-tags.ts';
import type { TagSelection } from './tag-selection.ts';

export type ImageTag = table.ImageTagRow;
export type { TagQuery } from '../../store/tables/image-tags.ts';

export type ImageTags = ReturnType<typeof createImageTags>;

/** Tags that are deleted, and named in one audit event, per batch. */
const BATCH = 500;

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

  const select = createTagSelector({ db, clock });

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

    /** How many tags are selected now. @throws as `destroySelected` does. */
    countSelected: async (image: ImageRepository, wanted: TagSelection): Promise<number> =>
      (await select(image, wanted)).length,

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
      const selected = await select(image, wanted);
      const newest = Math.max(0, ...selected.map((tag) => tag.updated_at));
      let count = 0;
      for (let at = 0; at < selected.length; at += BATCH) {
        const names = selected.slice(at, at + BATCH).map((tag) => tag.name);
        count += await remove(project, image, names, newest, by);
        // SQLite answers at once: other requests have their turn.
        await Bun.sleep(0);
      }
      return count;
    },
  };
}
