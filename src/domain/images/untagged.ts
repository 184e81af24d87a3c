import { conflict, notFound } from '../../lib/errors.ts';
import { inTransaction } from '../../store/db/database.ts';
import * as table from '../../store/tables/image-manifests.ts';
import { listTagsOn } from '../../store/tables/image-tags.ts';
import type { Page, PageRequest } from '../../store/tables/page.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';
import { recordDeletion } from './deletions.ts';
import { MAX_INDEX_BYTES, readEntries } from './image-summary.ts';
import { INDEXES } from './kinds.ts';
import type { ImageRepository } from './repositories.ts';

/** A manifest as lists show it. */
export interface ManifestHead extends table.ImageManifestHead {
  /** The newest index that lists it; null: none of those that were looked at. */
  listedIn: string | null;
}

export type UntaggedManifests = ReturnType<typeof createUntaggedManifests>;

/**
 * Indexes of an image that are read at most, the newest first: of an image with more of them the relevant ones are
 * among these.
 */
const MAX_INDEXES = 500;
/** So many of the tags on a manifest are named. */
const MAX_TAGS = 100;

/**
 * Manifests that were pushed without a tag, or have lost it. They are still pulled by digest; only the deletion of the
 * image deletes them.
 */
export function createUntaggedManifests({ db }: Pick<Deps, 'db'>, audit: Audit) {
  const withIndexes = async (imageId: number, heads: readonly table.ImageManifestHead[]): Promise<ManifestHead[]> => {
    if (heads.length === 0) return [];
    const indexes = await table.listBodies(db, imageId, INDEXES, { maxBytes: MAX_INDEX_BYTES, limit: MAX_INDEXES });
    const wanted = new Set(heads.map(({ digest }) => digest));
    const listed = new Map<string, string>();
    for (const { digest, body } of indexes)
      for (const entry of readEntries(body))
        if (wanted.has(entry.digest) && !listed.has(entry.digest)) listed.set(entry.digest, digest);
    return heads.map((head) => ({ ...head, listedIn: listed.get(head.digest) ?? null }));
  };

  return {
    /** The newest first. */
    async list({ id }: ImageRepository, page: PageRequest): Promise<Page<ManifestHead>> {
      const found = await table.listUntagged(db, id, page);
      return { ...found, items: await withIndexes(id, found.items) };
    },

    count: ({ id }: ImageRepository): Promise<number> => table.countUntagged(db, id),

    /** Whether an image has a manifest of this digest, with a tag or without. */
    has: async ({ id }: ImageRepository, digest: string): Promise<boolean> =>
      (await table.findManifestDigests(db, id, [digest])).size > 0,

    /** Any manifest of an image, with the tags on it. @throws PosternError not_found. */
    async get({ id }: ImageRepository, digest: string): Promise<ManifestHead & { tags: string[] }> {
      const [heads, tags] = await Promise.all([
        table.findManifestHeads(db, id, [digest]),
        listTagsOn(db, id, digest, MAX_TAGS),
      ]);
      const [head] = await withIndexes(id, heads);
      if (!head) throw notFound('manifest');
      return { ...head, tags };
    },

    /** Deletes a manifest that no tag is on. @throws PosternError not_found; conflict when one is by now. */
    remove: (
      project: Project,
      { id, path }: ImageRepository,
      digest: string,
      { author: by, confirm }: Authorised,
    ): Promise<void> =>
      inTransaction(db, async (trx) => {
        await confirm(trx);
        const tags = await listTagsOn(trx, id, digest, 1);
        if (tags.length > 0) throw conflict(`The manifest now has the tag ${tags[0]}: delete the tag.`);
        if (!(await table.deleteManifest(trx, id, digest))) throw notFound('manifest');
        const deletion = { action: 'container_repository_manifest_deleted', digest, tags } as const;
        await recordDeletion(audit, trx, { id, project, path }, deletion, by);
      }),
  };
}
