import { z } from 'zod';
import type { Stored } from '../domain/quota/storage.ts';
import type { Services } from '../domain/services.ts';
import type { RequestContext } from '../http/route.ts';
import { Flag, whole } from './schemas.ts';

/** How much is stored, as GitLab has it beside a project or group, and the limit of it. */

export const StatisticsQuery = z.object({
  statistics: Flag.default(false).describe('Include storage usage and limit; needs the permission `read_statistics`'),
});

/** An empty text in a form is no limit. */
const Limit = z.preprocess((value) => (value === '' ? null : value), whole(z.int().min(1)).nullish());

export const StorageLimit = z.object({
  storage_limit: Limit.describe('Storage limit in bytes; `null` for no limit; for administrators'),
});

const Statistics = z.object({
  storage_size: z.int().describe('Each blob counts once; git repositories are not counted'),
  container_registry_size: z.int(),
  packages_size: z.int(),
  lfs_objects_size: z.int(),
});

export const StorageFields = z.object({
  statistics: Statistics.optional(),
  storage_limit: z.int().nullable().optional(),
});

export function storageFields({ storage }: Services) {
  const show = async (what: Stored): Promise<z.output<typeof StorageFields>> => {
    const { total, images, packages, lfs, limit } = await storage.use(what);
    const statistics = { storage_size: total, container_registry_size: images, packages_size: packages };
    return { statistics: { ...statistics, lfs_objects_size: lfs }, storage_limit: limit };
  };
  return {
    show,
    /** Nothing, unless it was asked for. @throws Denied. */
    async showIfAsked(context: RequestContext<unknown>, isAsked: boolean, what: Stored) {
      if (!isAsked) return {};
      context.require('read_statistics');
      return show(what);
    },
    /**
     * To be asked before anything is changed. @throws Denied when a body has a limit, and who sent it may not set one.
     */
    maySet(context: RequestContext<unknown>, { storage_limit }: z.output<typeof StorageLimit>) {
      if (storage_limit !== undefined) context.require('admin_storage_limit');
    },
    /** Sets the limit that a body has, if it has one, and shows it then. */
    async set(context: RequestContext<unknown>, { storage_limit }: z.output<typeof StorageLimit>, what: Stored) {
      if (storage_limit === undefined) return {};
      await storage.setLimit(what, storage_limit, context);
      return show(what);
    },
  };
}
