import { invalidParameter, PosternError, tooSlow, unavailable } from '../../lib/errors.ts';
import { type ClientWatch, type Pace, watchClient } from './client-watch.ts';
import { mistakeIn } from './git-mistake.ts';
import { type GitEnd, type GitProcess, gitError, TOO_LONG } from './git-process.ts';
import type { GitAnswer } from './git-request.ts';
import type { HeldOutput } from './held-report.ts';

export interface ClientPipe {
  /** The client's input; null if none. */
  input: AsyncIterable<Uint8Array> | null;
  /** The client may send while git answers. */
  duplex: boolean;
  /** For the log: `upload-pack`. */
  name: string;
  pace: Pace;
  /** Aborted when the client is gone. */
  signal: AbortSignal;
  /**
   * Whether git may be ended when its client is gone. If not, it is left to end by itself, and its output is discarded.
   */
  mayEnd(): boolean;
  /** Called when git has ended, before the client sees the end. */
  settle(end: GitEnd): Promise<void>;
  /** The response in git's protocol to an error while reading the input; null for none. */
  lastWords(error: unknown): Uint8Array | null;
  /** Keeps a part of git's output back until git has ended and is settled. */
  held?: HeldOutput;
  /** Takes the error of a git that failed after its answer had begun. */
  report(message: string, error: unknown): void;
}

export interface PipeOptions {
  pace: Pace;
  report: ClientPipe['report'];
  /** Called when git has ended and everything about it is settled. */
  release(): void;
}

/** A pipe to a git that may be ended at any time. */
export const plainPipe = ({ pace, report, release }: PipeOptions, signal: AbortSignal) => ({
  duplex: false,
  pace,
  signal,
  mayEnd: () => true,
  settle: async () => release(),
  lastWords: () => null,
  report,
});

/**
 * Feeds the client's input to git and gives git's output to the client, both with back-pressure. Resolves at git's
 * first byte, or at its end when it has no output: until then a failure can still be answered with a status of its own.
 * @throws what reading the input threw; the signal's reason when the client left; PosternError `timeout` when the
 * client was too slow, `unavailable` when git took too long; else an error with the beginning of git's stderr, for the
 * log.
 */
export async function pipeClient(git: GitProcess, pipe: ClientPipe): Promise<GitAnswer> {
  const reader = holdingBack(oneReadAtATime(git.stdout.getReader()), pipe.held);
  const state: PipeState = { failure: undefined, left: false };
  const giveUp = () => {
    if (state.left) return;
    state.left = true;
    if (pipe.mayEnd()) git.end();
    drain(reader).catch(() => {});
  };
  pipe.signal.addEventListener('abort', giveUp);
  // It may have left before: that is not reported again.
  if (pipe.signal.aborted) giveUp();
  const late = () => {
    state.failure ??= tooSlow('The client was too slow.');
    giveUp();
  };
  const client = watchClient(late, pipe.pace, pipe.duplex);
  feed(git, pipe.input, client).catch((error) => {
    state.failure = error;
    git.end();
  });
  const ended = git.exited.then(async (end) => {
    client.stop();
    pipe.signal.removeEventListener('abort', giveUp);
    await pipe.settle(end);
    return end;
  });
  const first = await reader.read();
  if (first.done) {
    const end = await ended;
    const words = pipe.lastWords(state.failure);
    if (words) return { output: new Blob([words as Uint8Array<ArrayBuffer>]).stream(), exitCode: Promise.resolve(1) };
    if (state.failure !== undefined) throw state.failure;
    if (end.cut) pipe.signal.throwIfAborted();
    if (end.cut) throw unavailable(TOO_LONG, 60);
    if (end.code !== 0 && !pipe.held?.rest().length) throw refusalOf(pipe.name, end, git);
  }
  client.awaited();
  const output = passOn(first.value, reader, client, giveUp, () => finish(git, pipe, ended, state));
  return { output, exitCode: ended.then(({ code }) => (pipe.lastWords(state.failure) ? 1 : code)) };
}

interface PipeState {
  /** The error thrown while reading the input. */
  failure: unknown;
  /** The client is gone, or was given up. */
  left: boolean;
}

/** @returns the last bytes for the client. @throws when it must not take what it has for the whole answer. */
async function finish(
  git: GitProcess,
  pipe: ClientPipe,
  ended: Promise<GitEnd>,
  state: PipeState,
): Promise<Uint8Array | null> {
  const end = await ended;
  const words = pipe.lastWords(state.failure);
  if (words) return words;
  const error = state.failure ?? gitError(pipe.name, end, git);
  if (end.code !== 0) {
    // A git that we ended because its client left has not failed.
    const left = end.cut && pipe.signal.aborted;
    const known = error instanceof PosternError || mistakeIn(git.stderrHead()) !== null;
    if (!left && !known) pipe.report('git failed after its answer had begun', error);
  }
  // Git reports its own failures in its output. One that was cut off did not.
  if ((end.cut && end.code !== 0) || state.left) throw error;
  return pipe.held?.rest() ?? null;
}

function refusalOf(name: string, end: GitEnd, git: GitProcess): Error {
  const mistake = mistakeIn(git.stderrHead());
  return mistake === null ? gitError(name, end, git) : invalidParameter(mistake);
}

interface ChunkReader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
}

function passOn(
  first: Uint8Array | undefined,
  reader: ChunkReader,
  client: ClientWatch,
  cancel: () => void,
  finish: () => Promise<Uint8Array | null>,
): ReadableStream<Uint8Array> {
  let head = first;
  let taken = 0;
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    client.moved(taken);
    const { done, value } = head ? { done: false, value: head } : await reader.read();
    head = undefined;
    if (!done && value) {
      taken = value.length;
      controller.enqueue(value);
      client.awaited();
      return;
    }
    const last = await finish();
    if (last?.length) controller.enqueue(last);
    controller.close();
  };
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
}

/** Bun's streams of child processes answer only one of several pending reads at the end of the stream. */
function oneReadAtATime(reader: ChunkReader): ChunkReader {
  let last: Promise<unknown> = Promise.resolve();
  return {
    read() {
      const next = last.then(() => reader.read());
      last = next.catch(() => {});
      return next;
    },
  };
}

/** Reads what may be sent to the client before git has ended. */
function holdingBack(reader: ChunkReader, held: HeldOutput | undefined): ChunkReader {
  if (!held) return reader;
  return {
    async read() {
      for (;;) {
        const { done, value } = await reader.read();
        if (done || !value) return { done, value };
        const passed = held.take(value);
        if (passed.length > 0) return { done, value: passed };
      }
    },
  };
}

/** A git whose output nobody reads would block. */
async function drain(reader: ChunkReader): Promise<void> {
  while (!(await reader.read()).done);
}

/** A git that ends early closes its stdin; its exit code says why, so a failure to write then is no error. */
async function feed(git: GitProcess, input: ClientPipe['input'], client: ClientWatch): Promise<void> {
  try {
    if (!input) return;
    client.awaited();
    for await (const chunk of input) {
      client.moved(chunk.length);
      try {
        git.stdin.write(chunk);
        await git.stdin.flush();
      } catch {
        return;
      }
      client.awaited();
    }
    client.moved(0);
  } finally {
    try {
      await git.stdin.end();
    } catch {
      // As above.
    }
  }
}
