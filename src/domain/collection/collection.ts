import type { BlobStore } from '../../store/blobs/blob-store.ts';
import type { BlobPlace } from '../../store/tables/blob-column.ts';
import { deleteUnlinked, findReferenced, findUnlinked } from '../../store/tables/blob-references.ts';
import type { Deps } from '../deps.ts';
import { clearAbandoned } from './clear-abandoned.ts';
import { type Amount, type References, type Run, sweep } from './sweep.ts';
import { unlinkUnneeded } from './unlink.ts';

export interface CollectionOptions {
  /** Tells what would be removed, and removes nothing. */
  dryRun?: boolean;
  /** Ends it between two steps. */
  signal?: AbortSignal;
  /** Told from time to time how many blobs were looked at so far. */
  progress?: (looked: number) => void;
}

/** What a run has removed; a dry run: what it would have. */
export interface Collected {
  dryRun: boolean;
  /** When it ended, milliseconds since 1970. */
  at: number;
  /** How long it took, in milliseconds. */
  ms: number;
  /** How many blobs it looked at. */
  looked: number;
  /**
   * Blobs of images; of packages and LFS objects; uploads that nobody went on with; what killed programs left half
   * done.
   */
  images: Amount;
  files: Amount;
  uploads: Amount;
  leftovers: Amount;
  /** How often something could not be removed. */
  failures: number;
}

export type Collection = ReturnType<typeof createCollection>;

/**
 * The collector of garbage: removes what nothing refers to from the blob stores, while everything else goes on, on any
 * number of servers. Manifests, tags, packages and LFS links are never garbage: what is to go is deleted by someone.
 * How it meets those who come to refer to a blob just then: docs/decisions/0005.
 */
export function createCollection(deps: Deps) {
  const { db, blobs, imageBlobs, clock, graceMs, processLock: alone, report } = deps;
  let last: Collected | null = null;

  const collect = async ({ dryRun = false, signal, progress }: CollectionOptions): Promise<Collected> => {
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
        report('garbage could not be removed', error);
      },
    };
    await unlinkUnneeded(db, run);
    const images = await sweep(db, referencesTo('images', imageBlobs, run), run);
    const files = await sweep(db, referencesTo('files', blobs, run), run);
    const abandoned = await clearAbandoned([imageBlobs, blobs], run);
    const ms = performance.now() - started;
    return { dryRun, at: clock(), ms, looked, images, files, ...abandoned, failures };
  };

  return {
    /** @returns what was removed; null when another process is at it, and nothing was done. */
    async run(options: CollectionOptions = {}): Promise<Collected | null> {
      const collected = await alone('collection', () => collect(options));
      if (collected && !collected.dryRun) last = collected;
      return collected;
    },

    /** What the last run of this process came to. */
    last: (): Collected | null => last,
  };
}

/**
 * What refers to the blobs of a store, by the list of blob columns. A dry run leaves out the links that a run would
 * delete first. While a blob is deleted every link counts: its manifest may have been deleted since the stale links
 * were, and then the blob waits for the next run.
 */
const referencesTo = (name: BlobPlace, store: BlobStore, { dryRun, cutoff }: Run): References => ({
  store,
  findNeeded: (db, sha256s) => findReferenced(db, name, sha256s, dryRun ? cutoff : null),
  findUnlinked: (db, prefix) => findUnlinked(db, name, prefix),
  purgeRows: (db, sha256s) => deleteUnlinked(db, name, sha256s),
});
