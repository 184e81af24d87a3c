import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tooSlow } from '../../lib/errors.ts';
import { type Pace, watchClient } from './client-watch.ts';

/** A longer request is kept in a file. */
const IN_MEMORY = 256 * 1024;

/** More chunks are joined: a tiny one takes more memory than its bytes. */
const MANY_CHUNKS = 256;

/** A request that has arrived. */
export interface ReceivedRequest {
  /** Its bytes; can be read more than once. */
  read(): AsyncIterable<Uint8Array>;
  /** Removes the file. To be called in any case. */
  discard(): Promise<void>;
}

export interface ReceiveOptions {
  /** For a temporary file. */
  folder: string;
  /** Waits until another file may be made. @returns a function that is called when it is removed. */
  enterFile(): Promise<() => void>;
  pace: Pace;
  /** Aborted when the client is gone. */
  signal: AbortSignal;
}

/**
 * Reads the whole request of a fetch, before a git is started for it: a client that sends slowly keeps no process from
 * others.
 * @throws what reading the input throws; PosternError `timeout` for a client that is too slow; the reason of the
 * signal.
 */
export async function receiveRequest(
  input: AsyncIterable<Uint8Array>,
  { folder, enterFile, pace, signal }: ReceiveOptions,
): Promise<ReceivedRequest> {
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => {});
  const aborted = () => gone.reject(signal.reason);
  signal.addEventListener('abort', aborted);
  const client = watchClient(() => gone.reject(tooSlow('The request came too slowly.')), pace);
  const chunks = input[Symbol.asyncIterator]();
  const kept = createStore(join(folder, `request-${crypto.randomUUID()}`), enterFile);
  try {
    signal.throwIfAborted();
    for (;;) {
      client.awaited();
      const next = await Promise.race([chunks.next(), gone.promise]);
      if (next.done) break;
      client.moved(next.value.length);
      await kept.add(next.value);
    }
    await kept.close();
    return { read: kept.read, discard: kept.discard };
  } catch (error) {
    // A client that is given up may never end its request: nobody waits for it.
    void Promise.resolve(chunks.return?.()).catch(() => {});
    await kept.discard();
    throw error;
  } finally {
    client.stop();
    signal.removeEventListener('abort', aborted);
  }
}

/** Keeps bytes in memory, and in a file when they are many. */
function createStore(path: string, enterFile: ReceiveOptions['enterFile']) {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let file: Awaited<ReturnType<typeof open>> | undefined;
  let leave: (() => void) | undefined;
  const close = async () => {
    await file?.close();
    file = undefined;
  };
  const writeOut = async () => {
    leave ??= await enterFile();
    file ??= await open(path, 'wx');
    for (const chunk of chunks.splice(0)) await file.writeFile(chunk);
  };
  return {
    async add(chunk: Uint8Array): Promise<void> {
      chunks.push(chunk);
      size += chunk.length;
      if (size > IN_MEMORY) await writeOut();
      else if (chunks.length > MANY_CHUNKS) chunks.push(Buffer.concat(chunks.splice(0)));
    },
    close,
    async *read(): AsyncGenerator<Uint8Array> {
      if (size <= IN_MEMORY) yield* chunks;
      else yield* Bun.file(path).stream();
    },
    async discard(): Promise<void> {
      await close();
      if (size > IN_MEMORY) await rm(path, { force: true });
      leave?.();
    },
  };
}
