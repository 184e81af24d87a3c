/** What the server knows of the connection that a request came on. */
export interface Connection {
  peer: string;
  disableIdleTimeout(): void;
}
