import { PosternError } from '../../lib/errors.ts';

/** Debounce: a rebuild waits this long for further changes of its owner. */
const DEBOUNCE_MS = 100;

/** An owner of documents at one revision. Owners with one key are the same, at this or another revision. */
interface Revision {
  key: string;
  revision: number;
}

/**
 * Coalesces concurrent rebuilds of one owner: one running, at most one queued.
 * @param rebuild makes the documents of an owner as it is now, and returns the revision that they were made of.
 */
export function createRebuilds<S extends Revision, M extends { revision: number }>(
  rebuild: (source: S) => Promise<M>,
  report: (message: string, error: unknown) => void,
) {
  const running = new Map<string, Promise<M>>();
  /** Rebuilds that wait for further changes, by key: the latest state of each. */
  const queued = new Map<string, S>();
  const background = new Set<Promise<unknown>>();

  /** The documents at the revision of the source or a newer one. */
  const upToDate = async (source: S): Promise<M> => {
    for (;;) {
      const begun = running.get(source.key) ?? rebuild(source).finally(() => running.delete(source.key));
      running.set(source.key, begun);
      const made = await begun;
      if (made.revision >= source.revision) return made;
    }
  };

  return {
    upToDate,

    /**
     * Rebuilds the documents of an owner that has changed, in the background, once for all changes within the debounce
     * time. A rebuild that fails, or that the end of the process cuts off, is repeated when a document is read.
     */
    refresh(source: S): void {
      const isQueued = queued.has(source.key);
      queued.set(source.key, source);
      if (isQueued) return;
      const making = Bun.sleep(DEBOUNCE_MS)
        .then(() => {
          const latest = queued.get(source.key) ?? source;
          queued.delete(source.key);
          return upToDate(latest);
        })
        .catch((error) => {
          // The owner was deleted in the meantime.
          if (error instanceof PosternError && error.kind === 'not_found') return;
          report(`documents of ${source.key} could not be made`, error);
        })
        .finally(() => background.delete(making));
      background.add(making);
    },

    /** Resolves when all rebuilds that were requested by now have ended. */
    settled: async (): Promise<void> => {
      await Promise.all(background);
    },
  };
}
