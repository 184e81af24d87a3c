import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { createApp } from '../../src/app.ts';
import { toConfig } from '../../src/config/config.ts';
import { toSecrets } from '../../src/config/secrets.ts';
import type { RawSettings } from '../../src/config/settings.ts';
import type { Engine } from '../../src/store/db/database.ts';
import { freshDatabase } from './fresh-database.ts';
import { freePort } from './postgres.ts';
import { scratchFolder } from './scratch.ts';
import { createSeed, PASSWORD } from './seed.ts';

const ROOT = join(import.meta.dir, '../..');

/** The personal access token of the administrator `root`. */
export const ROOT_TOKEN = 'a-root-token-for-the-stories-alone';

export type TestServer = Awaited<ReturnType<typeof startServer>>;

/**
 * The server as people run it: a process of its own on a port of 127.0.0.1, with a folder and database of its own.
 * Story data is seeded by the real services, opened here on the same database.
 * @param settings more of the environment; a client that wants TLS or limits sets them here.
 * @param logFile where its log goes instead of through us, who would take a part of the processor for it: for
 * measurements.
 */
export async function startServer(engine: Engine, settings: RawSettings = {}, logFile?: string) {
  const folder = scratchFolder('postern-story-');
  const port = await freePort();
  const scheme = settings.POSTERN_TLS_CERT === undefined ? 'http' : 'https';
  const url = settings.POSTERN_URL ?? `${scheme}://127.0.0.1:${port}`;
  const own = settings.POSTERN_DATABASE_URL === undefined;
  const database = own ? await freshDatabase(engine, settings.POSTERN_DATA ?? folder) : undefined;
  const raw: RawSettings = {
    POSTERN_DATA: folder,
    POSTERN_LISTEN: `127.0.0.1:${port}`,
    POSTERN_URL: url,
    POSTERN_ROOT_TOKEN: ROOT_TOKEN,
    POSTERN_ROOT_PASSWORD: PASSWORD,
    POSTERN_LOG_LEVEL: 'debug',
    POSTERN_STOP_TIMEOUT: '5',
    ...database?.settings,
    ...settings,
  };
  const logs: string[] = [];
  let { child, drained } = await launch(raw, logs, { logFile });
  const beside = await createApp({ config: toConfig(raw), secrets: toSecrets(raw), logger: pino({ level: 'silent' }) });

  const end = async (signal: NodeJS.Signals): Promise<number> => {
    child.kill(signal);
    const code = await child.exited;
    // Its last words may still be on their way to us; a program that it left behind may keep the way open.
    await Promise.race([drained, Bun.sleep(2000)]);
    return code;
  };
  const stop = () => end('SIGTERM');

  return {
    /** The settings it runs with: for the command line beside it. */
    raw,
    url,
    port,
    folder,
    /** The same with a user name and password or token in it, escaped. */
    urlFor: (username: string, secret: string) =>
      url.replace('://', `://${encodeURIComponent(username)}:${encodeURIComponent(secret)}@`),
    get pid(): number {
      return child.pid;
    },
    /** Everything it wrote, to both outputs, line by line. */
    logs,
    seed: createSeed(beside.services),
    services: beside.services,
    /** The protocols with their rows, as the server has them. */
    protocols: beside.protocols,
    db: beside.database.db,
    /** Asks it to stop, and waits until it has. @returns its exit code. */
    stop,
    /** `kill -9`. */
    kill: () => end('SIGKILL'),
    /** Starts it again on the same folder and port. */
    async restart(how: Pick<Launch, 'preload' | 'under'> = {}): Promise<void> {
      ({ child, drained } = await launch(raw, logs, { logFile, ...how }));
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await end('SIGKILL');
      await beside[Symbol.asyncDispose]();
      await database?.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Launch {
  /** Where its log goes instead of to `logs`. */
  logFile?: string | undefined;
  /** A module that is loaded before the program. */
  preload?: string;
  /** A program, with its arguments, that executes the server as the same process: a tracer. */
  under?: readonly string[];
}

/**
 * Starts the server and waits until it serves. @returns the process, and when all that it wrote has been read.
 * @throws when it ends before, with the end of its log.
 */
export async function launch(raw: RawSettings, logs: string[], { logFile, preload, under = [] }: Launch = {}) {
  const before = preload === undefined ? [] : ['--preload', preload];
  const child = Bun.spawn([...under, process.execPath, ...before, join(ROOT, 'src/main.ts'), 'serve'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', HOME: raw.POSTERN_DATA ?? '/tmp', ...raw },
    stdin: 'ignore',
    stdout: logFile === undefined ? 'pipe' : Bun.file(logFile),
    stderr: 'pipe',
  });
  // A test that dies must not leave it behind.
  process.once('exit', () => child.kill('SIGKILL'));
  const serving = Promise.withResolvers<void>();
  const seen = (line: string) => {
    logs.push(line);
    if (line.includes('"msg":"serving"')) serving.resolve();
  };
  const drained = [eachLine(child.stderr, seen)];
  if (logFile === undefined) drained.push(eachLine(child.stdout as ReadableStream<Uint8Array>, seen));
  else void whenServing(logFile, serving.resolve);
  const died = child.exited.then((code) => {
    throw new Error(`the server ended with ${code} before it served:\n${logs.slice(-20).join('\n')}`);
  });
  await Promise.race([serving.promise, died]);
  died.catch(() => {});
  return { child, drained: Promise.all(drained) };
}

async function whenServing(logFile: string, tell: () => void): Promise<void> {
  while (!readFileSync(logFile, 'utf8').includes('"msg":"serving"')) await Bun.sleep(20);
  tell();
}

async function eachLine(stream: ReadableStream<Uint8Array>, tell: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) tell(line);
  }
  if (rest !== '') tell(rest);
}
