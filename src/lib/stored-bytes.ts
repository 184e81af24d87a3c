/** Stored bytes, on this machine or in an object store; read on request, never all in memory. */
export interface StoredBytes {
  readonly size: number;
  /**
   * The body of a response: all bytes, or those from `start` to before `end`. The runtime sends a file to the socket
   * itself.
   * @throws PosternError `unavailable` when the store cannot be reached.
   */
  read(start?: number, end?: number): Promise<Blob | ReadableStream<Uint8Array>>;
  /** All bytes, for reading them here. */
  stream(): ReadableStream<Uint8Array>;
  /**
   * A URL at which a client can fetch the bytes from the store for a short time, with these headers in the response. It
   * is a secret: it goes to the client and into no log. Null: the bytes are sent from here.
   */
  address(headers: Readonly<Record<string, string>>): Promise<string | null>;
}
