/** Bytes that lie in a store, here or elsewhere; read when they are asked for, and never all in memory. */
export interface StoredBytes {
  readonly size: number;
  /**
   * What an answer is made of: all of them, or those from `start` up to and without `end`. A file goes to the socket
   * without passing through us.
   * @throws PosternError `unavailable` when the store cannot be reached.
   */
  read(start?: number, end?: number): Promise<Blob | ReadableStream<Uint8Array>>;
  /** All of them, for our own reading. */
  stream(): ReadableStream<Uint8Array>;
  /**
   * Where whoever knows the address may fetch them from the store itself for a short while, answered with these
   * headers. It is a secret: it goes to the client and into no log. Null: they are fetched from us.
   */
  address(headers: Readonly<Record<string, string>>): Promise<string | null>;
}
