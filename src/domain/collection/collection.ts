import * as table from '../../store/tables/references.ts';
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
    const images = await sweep(db, imageReferences(deps, run), run);
    const files = await sweep(db, fileReferences(deps), run);
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
 * Images have blobs by links. While a blob is taken every link counts: one may have lost its manifest since links were
 * looked through, and it waits for the next run.
 */
const imageReferences = ({ imageBlobs }: Deps, { dryRun, cutoff }: Run): References => ({
  store: imageBlobs,
  findNeeded: (db, sha256s) =>
    dryRun ? table.findNeededImageBlobs(db, sha256s, cutoff) : table.findLinkedImageBlobs(db, sha256s),
  findUnlinked: table.findUnlinkedContents,
  purgeRows: table.deleteUnlinkedContents,
});

const fileReferences = ({ blobs }: Deps): References => ({
  store: blobs,
  findNeeded: table.findReferencedFiles,
  findUnlinked: table.findUnlinkedObjects,
  purgeRows: table.deleteUnlinkedObjects,
});
