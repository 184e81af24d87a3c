import { close, fdatasync, fstatSync, openSync } from 'node:fs';
import { promisify } from 'node:util';

/** Waits until what was written to a file is on the disk. @returns its size in bytes. */
export type Sync = () => Promise<number>;

/**
 * Group commit: commits write to the log without a wait for the disk. One sync, on another thread, makes all of them
 * durable that were made before it began. One sync runs at a time.
 */
export class LogSync {
  readonly #sync: Sync;
  readonly #synced: (bytes: number) => void;
  #committed = 0;
  #durable = 0;
  #running: Promise<void> | undefined;
  #failure: { cause: unknown } | undefined;

  /** @param synced is called after each sync, with the size of the log in bytes. */
  constructor(sync: Sync, synced: (bytes: number) => void = () => {}) {
    this.#sync = sync;
    this.#synced = synced;
  }

  /** To be called for each commit. @throws as `assertSound`. */
  committed(): void {
    this.assertSound();
    this.#committed += 1;
  }

  /**
   * Refuses every commit after a sync that failed: the kernel forgets the pages that it could not write, so that a
   * later sync succeeds without them. https://wiki.postgresql.org/wiki/Fsync_Errors
   * @throws the error of the sync.
   */
  assertSound(): void {
    if (this.#failure) throw this.#failure.cause;
  }

  /** Waits until all that has been committed so far is durable. @throws the error of the sync. */
  async settled(): Promise<void> {
    const last = this.#committed;
    while (this.#durable < last) {
      this.assertSound();
      this.#running ??= this.#run();
      await this.#running;
    }
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    // The commits of the same turn of the event loop share the sync.
    await new Promise(setImmediate);
    const reached = this.#committed;
    try {
      const bytes = await this.#sync();
      this.#durable = reached;
      this.#synced(bytes);
    } catch (cause) {
      this.#failure = { cause };
    } finally {
      this.#running = undefined;
    }
  }
}

const closeFile = promisify(close);
const syncData = promisify(fdatasync);

/**
 * The sync of SQLite's log, the file `-wal`. SQLite makes it at the first access, syncs its name, and keeps it while a
 * connection is open. It takes no locks on this file, which a `close` of ours would release.
 * https://www.sqlite.org/walformat.html
 */
export function openLog(file: string): { sync: Sync; close(): Promise<void> } {
  let log: number | undefined;
  return {
    async sync() {
      log ??= openSync(`${file}-wal`, 'r');
      await syncData(log);
      return fstatSync(log).size;
    },
    async close() {
      if (log !== undefined) await closeFile(log);
      log = undefined;
    },
  };
}
