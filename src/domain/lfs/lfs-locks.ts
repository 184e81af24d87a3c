import { forbidden, notFound, unprocessable } from '../../lib/errors.ts';
import { inTransaction } from '../../store/db/database.ts';
import { isDuplicate } from '../../store/db/errors.ts';
import { deleteLock, findLocks, insertLock, type LfsLockRow } from '../../store/tables/lfs.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Deps } from '../deps.ts';

export type LfsLock = LfsLockRow;
export type LfsLocks = ReturnType<typeof createLfsLocks>;

export interface LockQuery {
  id?: number | undefined;
  path?: string | undefined;
  /** Where the page before this one ended. */
  cursor?: number | undefined;
  limit?: number | undefined;
}

export interface LockPage {
  locks: LfsLock[];
  /** Where the next page begins; undefined: this was the last. */
  next: number | undefined;
}

const MAX_PAGE = 100;
const MAX_PATH = 4096;

/**
 * Locks on paths of a repository, so that two people do not change a file that cannot be merged. They bind LFS clients
 * alone.
 */
export function createLfsLocks({ db, clock }: Deps) {
  return {
    /**
     * Locks a path for a user.
     * @returns the lock, and whether it is new; one that is there already is returned as it is.
     * @throws PosternError `unprocessable` for a path that no repository holds; what `confirm` throws.
     */
    async create(
      projectId: number,
      userId: number,
      wanted: { path: string; ref: string | null },
      { confirm }: Pick<Authorised, 'confirm'>,
    ): Promise<{ lock: LfsLock; created: boolean }> {
      const path = checkLockPath(wanted.path);
      const row = { project_id: projectId, path, ref: wanted.ref, user_id: userId, created_at: clock() };
      let created = true;
      try {
        await inTransaction(db, async (trx) => {
          await confirm(trx);
          await insertLock(trx, row);
        });
      } catch (error) {
        if (!isDuplicate(error)) throw error;
        created = false;
      }
      const [lock] = await findLocks(db, projectId, { path });
      // Unlocked by another request between the two queries.
      if (!lock) throw notFound('lock');
      return { lock, created };
    },

    async list(projectId: number, { cursor, limit = MAX_PAGE, ...filter }: LockQuery): Promise<LockPage> {
      const size = Math.min(Math.max(limit, 1), MAX_PAGE);
      const rows = await findLocks(db, projectId, { ...filter, after: cursor, limit: size + 1 });
      const locks = rows.slice(0, size);
      return { locks, next: rows.length > size ? locks.at(-1)?.id : undefined };
    },

    /**
     * Ends a lock.
     * @param force also one of somebody else; who may do that is decided before.
     * @throws PosternError `not_found`; `forbidden` for somebody else's without force.
     */
    remove: (
      projectId: number,
      id: number,
      { userId, force }: { userId: number; force: boolean },
      { confirm }: Pick<Authorised, 'confirm'>,
    ): Promise<LfsLock> =>
      inTransaction(db, async (trx) => {
        await confirm(trx);
        const [lock] = await findLocks(trx, projectId, { id });
        if (!lock) throw notFound('lock');
        if (lock.user_id !== userId && !force)
          throw forbidden(`The lock belongs to ${lock.username}; only force can remove it.`);
        await deleteLock(trx, projectId, id);
        return lock;
      }),
  };
}

function checkLockPath(path: string): string {
  if (path === '' || path.length > MAX_PATH || /[\u0000-\u001f\u007f]/.test(path) || path.startsWith('/')) {
    throw unprocessable(
      `A lock's path is relative, without control characters, and at most ${MAX_PATH} characters long.`,
    );
  }
  return path;
}
