import { MINUTE } from '../../lib/clock.ts';
import { PosternError, unavailable } from '../../lib/errors.ts';
import { createOpenCounts } from '../../lib/open-counts.ts';
import type { CredentialRef } from '../access/credential-ref.ts';
import type { Deps } from '../deps.ts';
import { bytesInProgress, type Hold } from '../quota/bytes-in-progress.ts';
import type { ProjectRef } from '../quota/quota.ts';

/** An upload that got no bytes for so long is discarded when another one begins and there are too many. */
const IDLE_MS = 10 * MINUTE;
const RETRY_SECONDS = 60;

/** The credential that begins an upload, and its address. */
export interface UploadOrigin {
  credential: CredentialRef;
  ip: string;
}

interface OpenUpload {
  names: readonly string[];
  usedAt: number;
  hold: Hold;
  leave(): void;
}

/**
 * The uploads that requests to this process have begun and not ended. Their number is bounded, for each credential,
 * address and project; their bytes count against storage limits. Not in the database: nothing depends on it, and an
 * upload that another server began is known here from its first chunk on.
 */
export function createOpenUploads({ db, limits, clock, imageBlobs: { uploads } }: Deps) {
  /** By key; the upload that was used last is last. */
  const open = new Map<string, OpenUpload>();
  const counts = createOpenCounts(limits.uploads, (name) =>
    unavailable(`Too many uploads are in progress for this ${name.slice(0, name.indexOf(' '))}`, RETRY_SECONDS),
  );

  const end = (key: string) => {
    const upload = open.get(key);
    open.delete(key);
    upload?.hold.release();
    upload?.leave();
  };

  const discard = async (key: string) => {
    end(key);
    await uploads.discard(key);
  };

  const holdFor = (key: string, project: ProjectRef) =>
    bytesInProgress(db).hold(project, async () => {
      if ((await uploads.size(key)) === null) end(key);
    });

  const evictIdle = async (name: string) => {
    if (counts.count(name) < limits.uploads) return;
    for (const [key, { names, usedAt }] of open) {
      if (usedAt > clock() - IDLE_MS) return;
      if (!names.includes(name)) continue;
      await discard(key);
      return;
    }
  };

  return {
    /**
     * Counts an upload that begins. When there are too many, the one that was idle for longest is discarded.
     * @throws PosternError `unavailable` when none is idle.
     */
    async begin(key: string, project: ProjectRef, { credential: { kind, id }, ip }: UploadOrigin): Promise<void> {
      const names = [`credential ${kind} ${id}`, `address ${ip}`, `project ${project.id}`];
      for (const name of names) await evictIdle(name);
      const leave = counts.enter(names);
      open.set(key, { names, usedAt: clock(), hold: holdFor(key, project), leave });
    },

    /** Notes the size of an upload. */
    sized(key: string, project: ProjectRef, bytes: number): void {
      const known = open.get(key) ?? { names: [], hold: holdFor(key, project), leave() {} };
      known.hold.set(bytes);
      open.delete(key);
      open.set(key, { ...known, usedAt: clock() });
    },

    end,
    discard,

    /**
     * After a failed append. An upload over the quota is discarded at once: its bytes could never become a blob. The
     * bytes before a cut connection stay, and the upload can continue from there.
     */
    async failed(key: string, error: unknown): Promise<void> {
      if (error instanceof PosternError && error.kind === 'over_quota') {
        await discard(key);
        return;
      }
      const size = await uploads.size(key);
      if (size === null) end(key);
      else open.get(key)?.hold.set(size);
    },
  };
}
