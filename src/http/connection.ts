/** The connection of a request. */
export interface Connection {
  peer: string;
  disableIdleTimeout(): void;
}
