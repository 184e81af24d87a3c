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

  /** Whether a byte is at hand. */
  ready(): boolean {
    return this.#at < this.#chunk.length;
  }

  /** Waits for the next chunk, when no byte is at hand. @returns false at the end. */
  async fill(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done) return false;
      if (value.byteLength === 0) continue;
      this.#chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      this.#at = 0;
      return true;
    }
  }

  /** @param length small: it is held in memory. */
  async take(length: number): Promise<Buffer> {
    if (this.#at + length <= this.#chunk.length) return this.part(length);
    return Buffer.concat(await Array.fromAsync(this.body(length)));
  }

  /** At most `length` of the bytes that are at hand. */
  part(length: number): Buffer {
    const part = this.#chunk.subarray(this.#at, this.#at + length);
    this.#at += part.length;
    return part;
  }

  /** The next `length` bytes. */
  body(length: number): Body {
    return new Body(this, length, this.#cutOff);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

/**
 * Bytes of a reader, to be read before it is used for anything else. A second loop goes on where the first one ended.
 */
class Body implements AsyncIterable<Uint8Array> {
  readonly #input: ByteReader;
  readonly #cutOff: () => Error;
  #left: number;

  constructor(input: ByteReader, length: number, cutOff: () => Error) {
    this.#input = input;
    this.#left = length;
    this.#cutOff = cutOff;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#left === 0) return { done: true, value: undefined };
    if (!this.#input.ready() && !(await this.#input.fill())) throw this.#cutOff();
    const value = this.#input.part(this.#left);
    this.#left -= value.length;
    return { done: false, value };
  }

  [Symbol.asyncIterator]() {
    return { next: () => this.next() };
  }

  /** Skips the bytes that nobody has read. @param eachChunk called after each chunk of them. */
  async skip(eachChunk: () => Promise<void>): Promise<void> {
    while (this.#left > 0) {
      await this.next();
      await eachChunk();
    }
  }
}
