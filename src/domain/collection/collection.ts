import type { Deps } from '../deps.ts';
import { clearAbandoned } from './clear-abandoned.ts';
import { referencesTo } from './references.ts';
import { type Amount, type Run, sweep } from './sweep.ts';
import { unlinkUnneeded } from './unlink.ts';

export interface CollectionOptions {
  /** Ends the run between two steps. */
  signal?: AbortSignal;
  /** Is given the number of checked blobs now and then. */
  progress?: (looked: number) => void;
}

/** The result of a run; of a dry run, what a run would delete. */
export interface Collected {
  dryRun: boolean;
  /** When the run ended, milliseconds since 1970. */
  at: number;
  /** How long the run took, in milliseconds. */
  ms: number;
  /** How many blobs were checked. */
  looked: number;
  /** Blobs of images; blobs of packages and LFS objects; abandoned uploads; temporary files of killed processes. */
  images: Amount;
  files: Amount;
  uploads: Amount;
  leftovers: Amount;
  /** How many of them could not be deleted. */
  failures: number;
}

/** The kind of the task that collects garbage; it has no subject. */
export const COLLECT_GARBAGE = 'collect-garbage';

export type Collection = ReturnType<typeof createCollection>;

/**
 * The garbage collector: mark and sweep over the blob stores, beside all other work and on any number of servers.
 * Manifests, tags, packages and LFS links are never garbage; users delete them. docs/decisions/0005 says how a new
 * reference and a deletion of the same blob meet.
 */
export function createCollection(deps: Deps) {
  const { db, blobs, imageBlobs, clock, graceMs, processLock: alone, report } = deps;
  let last: Collected | null = null;

  const collect = async (dryRun: boolean, { signal, progress }: CollectionOptions): Promise<Collected> => {
    const started = performance.now();
    let looked = 0;
    let failures = 0;
    const run: Run = {
      cutoff: clock() - graceMs,
      dryRun,
      signal: signal ?? new AbortController().signal,
      looked(count) {
        looked += count;
        progress?.(looked);
      },
      failed(error) {
        failures += 1;
        report('a blob could not be deleted', error);
      },
    };
    const stale = dryRun ? run.cutoff : null;
    await unlinkUnneeded(db, run);
    const images = await sweep(db, referencesTo('images', imageBlobs, stale), run);
    const files = await sweep(db, referencesTo('files', blobs, stale), run);
    const abandoned = await clearAbandoned([imageBlobs, blobs], run);
    const ms = performance.now() - started;
    return { dryRun, at: clock(), ms, looked, images, files, ...abandoned, failures };
  };

  return {
    /** @returns the deleted blobs; null when another process collects, and nothing was done. */
    async run(options: CollectionOptions = {}): Promise<Collected | null> {
      const collected = await alone('collection', () => collect(false, options));
      if (collected) last = collected;
      return collected;
    },

    /** Counts the blobs that a run would delete, and deletes nothing: also while another process collects. */
    dryRun: (options: CollectionOptions = {}): Promise<Collected> => collect(true, options),

    /** The result of the last run of this process; null before the first. */
    last: (): Collected | null => last,
  };
}
