import { DAY } from '../../../lib/clock.ts';
import { type Db, inTransaction } from '../../../store/db/database.ts';
import { deleteManifests } from '../../../store/tables/deleted-manifests.ts';
import { findImageRepository } from '../../../store/tables/image-repositories.ts';
import { findProject } from '../../../store/tables/projects.ts';
import * as table from '../../../store/tables/unreferenced-manifests.ts';
import { type Authorised, BY_SYSTEM } from '../../access/confirm.ts';
import type { Audit } from '../../audit/audit.ts';
import type { Deps } from '../../deps.ts';
import type { Project } from '../../projects/projects.ts';
import { recordDeletion } from '../deletions.ts';
import type { ImageRepository } from '../repositories.ts';
import { recordEntries } from './record-entries.ts';

export type UnreferencedManifests = ReturnType<typeof createUnreferencedManifests>;

/** The result of a sweep. */
export interface ManifestSweep {
  /** How many manifests were looked at, and how many deleted. */
  looked: number;
  deleted: number;
}

/** How many manifests one statement covers. */
const MARKED = 500;

/** How many manifests one transaction deletes. On SQLite all other writers wait for it. */
const DELETED = 100;

/** How many manifests one form deletes. */
const MAX_DELETED = 10_000;

/**
 * Manifests that nothing refers to: no tag is on them, no index lists them, and they say nothing about a manifest that
 * is kept. A sweep notes since when that is so, and deletes them when it was so for a number of days: a setting of the
 * server, which a project may override. The manifests that only a deleted manifest kept are deleted with it.
 */
export function createUnreferencedManifests(
  { db, databaseTime, untaggedDays }: Pick<Deps, 'db' | 'databaseTime' | 'untaggedDays'>,
  audit: Audit,
) {
  /** Deletes manifests of one image in a transaction. @returns how many. */
  const remove = (
    project: Project,
    image: ImageRepository,
    { author, confirm }: Authorised,
    choose: (trx: Db) => Promise<number[]>,
    keptSince: number | null,
  ): Promise<number> =>
    inTransaction(db, async (trx) => {
      await confirm(trx);
      const found = await table.lockUnreferenced(trx, await choose(trx));
      if (found.length === 0) return 0;
      const ids = found.map(({ id }) => id);
      const kept = await table.listKept(trx, ids);
      await deleteManifests(trx, ids);
      if (keptSince !== null) await table.markKept(trx, kept, keptSince);
      const digests = found.map(({ digest }) => digest);
      const deletion = { action: 'container_repository_manifests_deleted', digests } as const;
      await recordDeletion(audit, trx, { ...image, project }, deletion, author);
      return ids.length;
    });

  const mark = async (signal: AbortSignal): Promise<number> => {
    let looked = 0;
    for (let after = 0; ; ) {
      signal.throwIfAborted();
      const range = await table.nextManifests(db, after, MARKED);
      if (!range) return looked;
      await recordEntries(db, range);
      await table.markUnreferenced(db, range, await databaseTime());
      after = range.last;
      looked += range.count;
      // SQLite answers at once: other requests have their turn.
      await Bun.sleep(0);
    }
  };

  /** Deletes the manifests of one image that are due. @returns how many; 0 also when its project was deleted. */
  const removeDue = async (imageId: number, ids: readonly number[], due: table.Due): Promise<number> => {
    const image = await findImageRepository(db, imageId);
    const project = image && (await findProject(db, image.project_id));
    if (!image || !project) return 0;
    // The settings of the project may have changed since, or the manifest was pushed again.
    const choose = (trx: Db) => table.filterDueManifests(trx, due, ids);
    return remove(project, image, BY_SYSTEM, choose, 0);
  };

  /** Deletes the manifests that are due now; those that they kept become due. @returns how many. */
  const removeAllDue = async (due: table.Due, signal: AbortSignal): Promise<number> => {
    let deleted = 0;
    for (let after = 0; ; ) {
      signal.throwIfAborted();
      const found = await table.listDueManifests(db, due, after, DELETED);
      for (const [imageId, rows] of Map.groupBy(found, ({ image_id }) => image_id))
        deleted += await removeDue(
          imageId,
          rows.map(({ id }) => id),
          due,
        );
      const last = found.at(-1);
      if (!last) return deleted;
      after = last.id;
      await Bun.sleep(0);
    }
  };

  return {
    /** Days after which they are deleted where a project sets nothing else; 0: never. */
    defaultDays: untaggedDays,

    /** How many manifests of an image nothing refers to now. */
    count: ({ id }: ImageRepository): Promise<number> => table.countUnreferenced(db, id),

    /** Deletes the manifests of an image that nothing refers to, of whatever age. @returns how many. */
    async destroy(project: Project, image: ImageRepository, by: Authorised): Promise<number> {
      let count = 0;
      for (;;) {
        const ids = await table.listUnreferenced(db, image.id, MAX_DELETED - count);
        const before = count;
        for (let at = 0; at < ids.length; at += DELETED) {
          const some = ids.slice(at, at + DELETED);
          count += await remove(project, image, by, async () => some, null);
          await Bun.sleep(0);
        }
        // A manifest that a deleted one kept is found the next time.
        if (count === before) return count;
      }
    },

    /** Notes which manifests nothing refers to, and deletes those that are due. @param signal ends it between steps. */
    async sweep(signal: AbortSignal): Promise<ManifestSweep> {
      const looked = await mark(signal);
      const due = { now: await databaseTime(), defaultMs: untaggedDays * DAY };
      let deleted = 0;
      for (;;) {
        const count = await removeAllDue(due, signal);
        if (count === 0) return { looked, deleted };
        deleted += count;
      }
    },
  };
}
