import { Readable } from 'node:stream';
import { RandomAccessReader } from 'yauzl';
import type { StoredBytes } from '../stored-bytes.ts';

const WINDOW = 256 * 1024;

/**
 * Reads a stored archive in windows of 256 KiB: yauzl asks for pieces of a few bytes, and each read of an object store
 * is a request.
 */
export class WindowReader extends RandomAccessReader {
  readonly #archive: Pick<StoredBytes, 'size' | 'read'>;
  #start = 0;
  #window: Buffer = Buffer.alloc(0);
  /** Set when the store failed: that says nothing of the archive. */
  failure: { error: unknown } | undefined;

  constructor(archive: Pick<StoredBytes, 'size' | 'read'>) {
    super();
    this.#archive = archive;
  }

  get size(): number {
    return this.#archive.size;
  }

  /** @throws when the archive ends before that. */
  async bytes(position: number, length: number): Promise<Buffer> {
    const from = position - this.#start;
    if (from >= 0 && from + length <= this.#window.length) return this.#window.subarray(from, from + length);
    if (position < 0 || position + length > this.size) throw new Error('out of the archive');
    const end = Math.min(this.size, position + Math.max(length, WINDOW));
    this.#window = Buffer.concat(await Array.fromAsync(this.#read(position, end)));
    this.#start = position;
    return this.#window.subarray(0, length);
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead: number) => void,
  ): void {
    // Not from within the promise, which would catch what the callback throws.
    const reply = (error: Error | null, count: number) => void setImmediate(callback, error, count);
    this.bytes(position, length).then(
      (bytes) => reply(null, bytes.copy(buffer, offset)),
      (error: Error) => reply(error, 0),
    );
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#read(start, end));
  }

  async *#read(start: number, end: number): AsyncGenerator<Uint8Array, void> {
    try {
      const part = await this.#archive.read(start, end);
      yield* part instanceof Blob ? part.stream() : part;
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}
