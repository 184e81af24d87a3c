import type { CheckpointAnswer, CheckpointStep } from './checkpoint-worker.ts';

/**
 * A checkpoint begins when the log has so many bytes: a page that is written again and again goes from the log into the
 * file once.
 */
const LOG_BYTES = 16 * 1024 * 1024;

/**
 * Checkpoints on a thread of their own, which waits for the disk. Others write while the log is copied into the
 * database file, and wait, without blocking the event loop, while it is emptied.
 */
export class Checkpoints {
  readonly #file: string;
  readonly #withoutWrites: (work: () => Promise<void>) => Promise<void>;
  readonly #logBytes: number;
  #next: number;
  #running: Promise<void> | undefined;
  #ended = false;

  /**
   * @param file of the database.
   * @param withoutWrites runs work while nothing of this process writes.
   */
  constructor(file: string, withoutWrites: (work: () => Promise<void>) => Promise<void>, logBytes = LOG_BYTES) {
    this.#file = file;
    this.#withoutWrites = withoutWrites;
    this.#logBytes = logBytes;
    this.#next = logBytes;
  }

  /** Begins a checkpoint if the log is long enough. @param bytes the size of the log. */
  consider(bytes: number): void {
    if (this.#ended || this.#running || bytes < this.#next) return;
    // One that fails, or that a long read of another process holds up, is repeated when the log has grown.
    this.#next = bytes + this.#logBytes;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Waits for the checkpoint that runs; none begins after that. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#running;
  }

  /** Never rejects. SQLite itself ignores an error of an automatic checkpoint, too. */
  async #run(): Promise<void> {
    const worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url).href);
    worker.unref();
    try {
      await this.#ask(worker, 'copy');
      await this.#withoutWrites(() => this.#ask(worker, 'empty'));
      this.#next = this.#logBytes;
    } catch {
      // `#next` says when it is repeated.
    } finally {
      worker.terminate();
    }
  }

  #ask(worker: Worker, step: CheckpointStep['step']): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    worker.onmessage = ({ data }: MessageEvent<CheckpointAnswer>) => {
      if (data === null) resolve();
      else reject(new Error(data));
    };
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage({ file: this.#file, step } satisfies CheckpointStep);
    return promise;
  }
}
