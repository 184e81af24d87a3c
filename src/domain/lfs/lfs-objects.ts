import { notFound, unavailable } from '../../lib/errors.ts';
import type { StoredBytes } from '../../lib/stored-bytes.ts';
import { findLinkedObjects, linkObject } from '../../store/tables/lfs.ts';
import type { Confirm } from '../access/confirm.ts';
import { discardBlobs } from '../collection/discard-blobs.ts';
import { pinBlobs } from '../collection/pin-blobs.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';
import { guardBody } from '../quota/quota.ts';
import { inQuotaTransaction } from '../quota/quota-transaction.ts';

export type LfsObjects = ReturnType<typeof createLfsObjects>;

/** The SHA-256 of its bytes, and how many they are. */
export interface LfsObject {
  oid: string;
  size: number;
}

/**
 * LFS objects. The bytes are stored once for the whole server; who may read them is a matter of links: an object is
 * read through the projects it is linked to, and it is linked to a project when someone who may push there has sent its
 * bytes. That the server has them already proves nothing about the one who asks.
 */
export function createLfsObjects(deps: Deps) {
  const { db, blobs, clock, limits } = deps;
  return {
    /** The largest object that is taken, in bytes. */
    maxBytes: limits.lfsBytes,

    /** The sizes of those objects that the project has. */
    async find(projectId: number, oids: readonly string[]): Promise<Map<string, number>> {
      const rows = await findLinkedObjects(db, projectId, oids);
      return new Map(rows.map(({ oid, size }) => [oid, size]));
    },

    /** @throws PosternError `not_found` when the project has no such object. */
    async open(projectId: number, oid: string): Promise<StoredBytes> {
      const [row] = await findLinkedObjects(db, projectId, [oid]);
      const bytes = row && (await blobs.open(row.oid, row.size));
      if (!bytes) throw notFound('LFS object');
      return bytes;
    },

    /**
     * Takes an object in and links it to the project. It is durable when this resolves.
     * @throws PosternError `unprocessable` when the bytes are not the object, `too_large` over the limit, `over_quota`,
     * `unavailable` when they were cleared away before the link was there.
     */
    async store(project: Project, object: LfsObject, body: AsyncIterable<Uint8Array>, confirm: Confirm): Promise<void> {
      // An object that the project has needs no quota. That other projects of its group have it is revealed only to a
      // client that has sent the bytes.
      const held = (await findLinkedObjects(db, project.id, [object.oid])).length > 0;
      const guarded = held ? body : await guardBody(db, project, body, { announced: object.size });
      await blobs.put(guarded, { sha256: object.oid, size: object.size, maxBytes: limits.lfsBytes });
      const link = inQuotaTransaction(db, project, async (trx, reserveQuota) => {
        await confirm(trx);
        const missing = await pinBlobs(trx, blobs, [object.oid]);
        if (missing.length > 0)
          throw unavailable('The object was garbage-collected during the upload; send it again.', 1);
        await reserveQuota([{ store: 'files', name: object.oid, size: object.size }]);
        await linkObject(trx, project.id, object, clock());
      });
      await link.catch(async (error: unknown) => {
        await discardBlobs(deps, 'files', [object.oid]);
        throw error;
      });
    },
  };
}
