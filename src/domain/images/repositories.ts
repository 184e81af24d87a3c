import { notFound } from '../../lib/errors.ts';
import { inTransaction } from '../../store/db/database.ts';
import type { VisibilityFilter } from '../../store/tables/conditions.ts';
import { listTagNames } from '../../store/tables/image-manifests.ts';
import * as table from '../../store/tables/image-repositories.ts';
import type { Page, PageRequest } from '../../store/tables/page.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { ROLES } from '../members/roles.ts';
import type { Project } from '../projects/projects.ts';
import { recordDeletion } from './deletions.ts';

export type ImageRepository = table.ImageRepositoryRow;
export type { ImageQuery } from '../../store/tables/image-repositories.ts';

export type ImageRepositories = ReturnType<typeof createImageRepositories>;

/** Images as things with a number, that can be listed and deleted whole. */
export function createImageRepositories({ db }: Pick<Deps, 'db'>, audit: Audit) {
  return {
    /** The images of a project, by default the oldest first. */
    list: (project: Project, page: PageRequest, listQuery?: table.ImageQuery): Promise<Page<ImageRepository>> =>
      table.listProjectImages(db, project.id, page, listQuery),

    /** Those of all projects of a group and below it from which the visibilityFilter may pull. */
    below: (
      lineage: string,
      visibilityFilter: VisibilityFilter,
      page: PageRequest,
      listQuery?: table.ImageQuery,
    ): Promise<Page<ImageRepository>> =>
      table.listImagesBelow(db, lineage, visibilityFilter, ROLES.reporter, page, listQuery),

    find: (id: number): Promise<ImageRepository | undefined> => table.findImageRepository(db, id),

    /** The first tags of an image, in ASCII order. */
    tagNames: (id: number, limit: number): Promise<string[]> => listTagNames(db, id, null, limit),

    /**
     * The size of the blobs and manifests of images in bytes, by id; blobs shared with other images are included. None:
     * nothing was pushed.
     */
    bytes: (ids: readonly number[]): Promise<Map<number, number>> => table.imageBytes(db, ids),

    /** Deletes an image with all its tags and manifests. @throws PosternError not_found. */
    destroy: (project: Project, { id, path }: ImageRepository, { author: by, confirm }: Authorised): Promise<void> =>
      inTransaction(db, async (trx) => {
        await confirm(trx);
        if (!(await table.deleteImage(trx, id))) throw notFound('image');
        await recordDeletion(audit, trx, { id, project, path }, { action: 'container_repository_deleted' }, by);
      }),
  };
}
