import { conflict, notFound } from '../../lib/errors.ts';
import { inTransaction } from '../../store/db/database.ts';
import { findIndexesListing } from '../../store/tables/image-manifest-entries.ts';
import * as table from '../../store/tables/image-manifests.ts';
import { listTagsOn } from '../../store/tables/image-tags.ts';
import type { Page, PageRequest } from '../../store/tables/page.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';
import { deleteManifest } from './delete-manifest.ts';
import { recordDeletion } from './deletions.ts';
import type { ImageRepository } from './repositories.ts';

/** A manifest as lists show it. */
export interface ManifestHead extends table.ImageManifestHead {
  /** The newest index that lists it; null: none. */
  listedIn: string | null;
}

export type UntaggedManifests = ReturnType<typeof createUntaggedManifests>;

/** So many of the tags on a manifest are named. */
const MAX_TAGS = 100;

/**
 * Manifests that were pushed without a tag, or have lost it. They are still pulled by digest; only the deletion of the
 * image deletes them.
 */
export function createUntaggedManifests({ db }: Pick<Deps, 'db'>, audit: Audit) {
  const withIndexes = async (heads: readonly table.ImageManifestHead[]): Promise<ManifestHead[]> => {
    const indexes = await findIndexesListing(
      db,
      heads.map(({ id }) => id),
    );
    return heads.map((head) => ({ ...head, listedIn: indexes.get(head.id) ?? null }));
  };

  return {
    /** The newest first. */
    async list({ id }: ImageRepository, page: PageRequest): Promise<Page<ManifestHead>> {
      const found = await table.listUntagged(db, id, page);
      return { ...found, items: await withIndexes(found.items) };
    },

    count: ({ id }: ImageRepository): Promise<number> => table.countUntagged(db, id),

    /** Whether an image has a manifest of this digest, with a tag or without. */
    has: async ({ id }: ImageRepository, digest: string): Promise<boolean> =>
      (await table.findManifestIds(db, id, [digest])).size > 0,

    /** Any manifest of an image, with the tags on it. @throws PosternError not_found. */
    async get({ id }: ImageRepository, digest: string): Promise<ManifestHead & { tags: string[] }> {
      const [heads, tags] = await Promise.all([
        table.findManifestHeads(db, id, [digest]),
        listTagsOn(db, id, digest, MAX_TAGS),
      ]);
      const [head] = await withIndexes(heads);
      if (!head) throw notFound('manifest');
      return { ...head, tags };
    },

    /**
     * Deletes a manifest that no tag is on.
     * @throws PosternError not_found; conflict when one is by now, or when an index lists the manifest.
     */
    remove: (
      project: Project,
      { id, path }: ImageRepository,
      digest: string,
      { author: by, confirm }: Authorised,
    ): Promise<void> =>
      inTransaction(db, async (trx) => {
        await confirm(trx);
        const checkTags = async () => {
          const [tag] = await listTagsOn(trx, id, digest, 1);
          if (tag !== undefined) throw conflict(`The manifest now has the tag ${tag}: delete the tag.`);
        };
        if (!(await deleteManifest(trx, id, digest, checkTags))) throw notFound('manifest');
        const deletion = { action: 'container_repository_manifest_deleted', digest, tags: [] } as const;
        await recordDeletion(audit, trx, { id, project, path }, deletion, by);
      }),
  };
}
