import { invalidParameter, PosternError, unavailable } from '../../lib/errors.ts';
import { type GitEnd, type GitProcess, gitError } from './git-process.ts';

export interface ClientPipe {
  /** What the client sends; null: nothing. */
  body: AsyncIterable<Uint8Array> | null;
  /** For the log: `upload-pack`. */
  what: string;
  /** The client may neither send nor take anything for so long, in milliseconds. */
  idleMs: number;
  /** Aborted when the client is gone. */
  signal: AbortSignal;
  /** Done when git has ended, before the client is told the end. */
  settle(): Promise<void>;
  /** Told of a git that failed after its answer had begun. */
  report(message: string, error: unknown): void;
}

/**
 * Feeds the client's body to git and gives git's answer to the client, both with back-pressure. Resolves at git's first
 * byte, or at its end when it has nothing to say: until then a failure can still be told with a status of its own.
 * @throws what reading the body threw; the signal's reason when the client left; PosternError `unavailable` when git
 * was ended for taking too long; else an error with
 *   git's stderrHead, for the log.
 */
export async function pipeClient(git: GitProcess, conversation: ClientPipe): Promise<ReadableStream<Uint8Array>> {
  const client = watchClient(git, conversation.idleMs);
  let failure: unknown;
  feed(git, conversation.body, client).catch((error) => {
    failure = error;
    git.end();
  });
  const ended = git.exited.then(async (end) => {
    client.stop();
    await conversation.settle();
    return end;
  });
  const reader = git.stdout.getReader();
  const first = await reader.read();
  if (first.done) {
    const end = await ended;
    if (failure !== undefined) throw failure;
    if (end.cut) conversation.signal.throwIfAborted();
    if (end.cut) throw unavailable('Git was ended: it or its client took too long.', 60);
    if (end.code !== 0) throw refusalOf(conversation.what, end, git);
  }
  const finish = async () => {
    const end = await ended;
    if (end.code === 0) return;
    const error = failure ?? gitError(conversation.what, end, git);
    // A git that we ended because its client left has not failed.
    const left = end.cut && conversation.signal.aborted;
    if (!left && !(error instanceof PosternError)) conversation.report('git failed after its answer had begun', error);
    // Git tells its own failures in its answer. One that was cut off did not: the client must not take that for an end.
    if (end.cut) throw error;
  };
  client.awaited();
  return answer(git, first.value, reader, client, finish);
}

/**
 * What git could not make sense of, or what stops in the middle, is the client's fault; anything else it dies of is
 * ours.
 */
function refusalOf(what: string, end: GitEnd, git: GitProcess): Error {
  const garbled = /^fatal: (.*protocol error|the remote end hung up)/m.test(git.stderrHead());
  return garbled ? invalidParameter("The request is not in git's protocol.") : gitError(what, end, git);
}

interface ChunkReader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  cancel(reason: unknown): Promise<void>;
}

function answer(
  git: GitProcess,
  first: Uint8Array | undefined,
  reader: ChunkReader,
  client: ClientWatch,
  finish: () => Promise<void>,
): ReadableStream<Uint8Array> {
  let head = first;
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    client.moved();
    const { done, value } = head ? { done: false, value: head } : await reader.read();
    head = undefined;
    if (!done && value) {
      controller.enqueue(value);
      client.awaited();
      return;
    }
    await finish();
    controller.close();
  };
  const cancel = async (reason: unknown) => {
    git.end();
    await reader.cancel(reason);
  };
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
}

/** A git that ends early closes its stdin; that is for its exit code to tell, so writing to it then is no failure. */
async function feed(git: GitProcess, body: ClientPipe['body'], client: ClientWatch): Promise<void> {
  try {
    if (!body) return;
    client.awaited();
    for await (const chunk of body) {
      client.moved();
      try {
        git.stdin.write(chunk);
        await git.stdin.flush();
      } catch {
        return;
      }
      client.awaited();
    }
    client.moved();
  } finally {
    try {
      await git.stdin.end();
    } catch {
      // As above.
    }
  }
}

interface ClientWatch {
  /** It is the client's turn. */
  awaited(): void;
  /** The client did something. */
  moved(): void;
  stop(): void;
}

/**
 * Ends git when its client is neither sending nor taking anything. A git that is thinking is not the client's fault.
 */
function watchClient(git: GitProcess, idleMs: number): ClientWatch {
  let since: number | null = null;
  const timer = setInterval(
    () => {
      if (since !== null && performance.now() - since > idleMs) git.end();
    },
    Math.max(50, idleMs / 4),
  );
  timer.unref();
  return {
    awaited: () => {
      since = performance.now();
    },
    moved: () => {
      since = null;
    },
    stop: () => clearInterval(timer),
  };
}
