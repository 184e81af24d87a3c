/** Takes bytes from chunks as they come. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #cutOff: () => Error;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;

  /** @param cutOff makes the error for bytes that end too early. */
  constructor(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, cutOff: () => Error) {
    this.#chunks = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
    this.#cutOff = cutOff;
  }

  /** Waits for the next chunk when no byte is at hand. @returns false at the end. */
  async hasMore(): Promise<boolean> {
    while (this.#at === this.#chunk.length) {
      const { done, value } = await this.#chunks.next();
      if (done) return false;
      this.#chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      this.#at = 0;
    }
    return true;
  }

  /** @param length small: it is held in memory. */
  async take(length: number): Promise<Buffer> {
    if (this.#at + length <= this.#chunk.length) return this.#part(length);
    return Buffer.concat(await Array.fromAsync(this.body(length)));
  }

  /**
   * The next `length` bytes, to be read before the reader is used for anything else. A second loop over them goes on
   * where the first one ended.
   */
  body(length: number): Body {
    let left = length;
    const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
      if (left === 0) return { done: true, value: undefined };
      if (!(await this.hasMore())) throw this.#cutOff();
      const value = this.#part(left);
      left -= value.length;
      return { done: false, value };
    };
    const skip = async (eachChunk: () => Promise<void>) => {
      while (!(await next()).done) await eachChunk();
    };
    return { [Symbol.asyncIterator]: () => ({ next }), skip };
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** At most `length` of the bytes that are at hand. */
  #part(length: number): Buffer {
    const part = this.#chunk.subarray(this.#at, this.#at + length);
    this.#at += part.length;
    return part;
  }
}

/** Some of the bytes of a reader. */
interface Body extends AsyncIterable<Uint8Array> {
  /** Skips the bytes that nobody has read. @param eachChunk called after each chunk of them. */
  skip(eachChunk: () => Promise<void>): Promise<void>;
}
