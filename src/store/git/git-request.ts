import type { RefCommand } from './push-commands.ts';
import type { RefUpdate } from './ref-updates.ts';

export type GitService = 'upload-pack' | 'receive-pack';

/** A request that takes the place of a client in the pool. */
export interface ClientRequest {
  /** The place counts for the client's credential and its address. Left out for a request of the server. */
  client?: readonly string[];
  /** Aborted when the client is gone. */
  signal: AbortSignal;
}

interface Conversation extends ClientRequest {
  /** The protocol version that the client asks for, as git reads it from its environment: `version=2`. */
  protocol: string;
}

/** `info/refs` of the smart HTTP protocol, without the `# service` line. */
export interface AdvertisementRequest extends Conversation {
  mode: 'advertisement';
  service: GitService;
}

interface GitExchange extends Conversation {
  /**
   * `stateless`: one request and its answer, as over HTTP. `duplex`: the whole conversation on one connection, as over
   * SSH; the transport ends `input` when the answer has ended.
   */
  mode: 'stateless' | 'duplex';
  input: AsyncIterable<Uint8Array>;
  /** Takes what git writes on stderr, line by line. It names no path of the server. */
  stderr?: (text: string) => void;
}

export interface FetchRequest extends GitExchange {
  service: 'upload-pack';
}

export interface PushRequest extends GitExchange {
  service: 'receive-pack';
  push: PushListener;
}

export type GitRequest = AdvertisementRequest | FetchRequest | PushRequest;

/** Follows one push. Neither function throws. */
export interface PushListener {
  /**
   * Decides whether the refs may move. All objects have arrived and are checked, and no ref has moved. It is not called
   * for a push without commands.
   * @returns null for yes; else a sentence for the pusher, and nothing of the push is done.
   */
  admit(commands: readonly RefCommand[]): Promise<string | null>;
  /**
   * Called once, when git has ended and before the client sees the end.
   * @param updates the ref updates; null if git was terminated before it could report them.
   */
  settle(updates: readonly RefUpdate[] | null): Promise<void>;
}

export interface GitAnswer {
  /** Git's output to the client. It ends in an error when git was ended from outside. */
  output: ReadableStream<Uint8Array>;
  /** The exit status of git, for transports that have one. */
  exitCode: Promise<number>;
}
