import pino, { type Logger } from 'pino';
import { type App, createApp } from '../app.ts';
import { type Config, toConfig } from '../config/config.ts';
import { unknownSettings } from '../config/env.ts';
import { type ConfigSecrets, toSecrets } from '../config/secrets.ts';
import { codeOf } from '../lib/code-of.ts';
import { defined } from '../lib/defined.ts';
import { messageOf } from '../lib/message-of.ts';
import { StartError } from '../lib/start-error.ts';
import { inspectToken } from '../lib/token-format.ts';
import { VERSION } from '../lib/version.ts';
import type { Invocation } from './command.ts';
import { loadTls, type Tls } from './tls.ts';

/** Serves until a signal to stop; then waits for the requests in progress. */
export async function serve({ raw }: Invocation): Promise<number> {
  const config = toConfig(raw);
  const secrets = toSecrets(raw);
  const tls = config.tls && loadTls(config.tls);
  const logger = createLogger(config.logLevel);
  for (const name of unknownSettings()) logger.warn({ name }, 'unknown setting: it has no effect');
  const stop = stopSignals();
  await using app = await createApp({ config, secrets, logger });
  const served = await app.withServeLock(async () => {
    await app.checkStorage();
    await app.firstStart((password) =>
      process.stderr.write(`\n  Sign in as root with this password, shown this once: ${password.reveal()}\n\n`),
    );
    await warnOfToken(secrets, app, logger);
    const server = listen(config, tls, app);
    const port = server.port ?? 0;
    if (config.listen.port === 0 && raw.POSTERN_URL === undefined) app.setBaseUrl(withPort(config.url, port));
    await using _ = app.startTasks();
    logger.info({ version: VERSION, url: withPort(config.url, port), listen: server.url.host }, 'serving');

    await stop.first;
    logger.info('stopping');
    await stopServer(server, config.stopTimeoutMs, stop.second, logger);
    return 0;
  });
  if (served === null) throw new StartError(`POSTERN_DATA: another server runs on ${config.dataFolder} already.`);
  return served;
}

/**
 * The root token is created at the first start only. A different one at a later start fails each request without a
 * reason.
 */
async function warnOfToken({ rootToken }: ConfigSecrets, { services }: App, logger: Logger): Promise<void> {
  if (
    rootToken === null ||
    (await services.personalTokens.check(inspectToken(rootToken.reveal()))).outcome === 'active'
  )
    return;
  logger.warn(
    'POSTERN_ROOT_TOKEN has no effect: the token of root is created at the first start only, and this one is not valid',
  );
}

/**
 * One JSON object per line on standard output, the level as a word. Written synchronously: the end of the process would
 * lose a buffer.
 */
function createLogger(level: string): Logger {
  const options = {
    level,
    base: null,
    timestamp: timeOfLine(),
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, linesTogether(pino.destination({ dest: 1, sync: true })));
}

/** As `pino.stdTimeFunctions.isoTime`, computed once a millisecond. */
function timeOfLine(): () => string {
  let last = 0;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== last) [last, text] = [now, `,"time":"${new Date(now).toISOString()}"`];
    return text;
  };
}

/** Writes all lines of one turn of the event loop in one system call. */
function linesTogether(output: { write(text: string): unknown }): { write(line: string): void } {
  let waiting = '';
  const flush = () => {
    const text = waiting;
    waiting = '';
    if (text !== '') output.write(text);
  };
  process.on('exit', flush);
  return {
    write(line) {
      if (waiting === '') setImmediate(flush);
      waiting += line;
    },
  };
}

/** @throws StartError when the server cannot listen on the address. */
function listen(config: Config, tls: Tls | null, app: App): Bun.Server<undefined> {
  try {
    return Bun.serve({
      ...config.listen,
      idleTimeout: config.idleTimeoutSeconds,
      // Each protocol limits the body while it streams it.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      ...defined({ tls: tls ? { cert: tls.cert, key: tls.key } : undefined }),
      fetch: (request, server) =>
        app.dispatch(request, {
          peer: server.requestIP(request)?.address ?? 'unknown',
          disableIdleTimeout: () => server.timeout(request, 0),
        }),
    });
  } catch (error) {
    throw cannotListen(config.listen, error);
  }
}

function cannotListen({ hostname, port }: Config['listen'], error: unknown): StartError {
  const where = `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;
  const why: Record<string, string> = {
    EADDRINUSE: 'another program listens there already',
    EACCES: 'the system does not let this user listen there',
    EADDRNOTAVAIL: 'this machine has no such address',
    // Bun's code for a host name without an address.
    ENOENT: 'there is no such host',
  };
  return new StartError(`POSTERN_LISTEN: cannot listen on ${where}: ${why[codeOf(error) ?? ''] ?? messageOf(error)}.`);
}

const withPort = (url: string, port: number) => url.replace(/:0$/, `:${port}`);

/** Resolved at the first and at the second signal to stop. */
function stopSignals(): { first: Promise<void>; second: Promise<void> } {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let count = 0;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => (++count === 1 ? first : second).resolve());
  }
  return { first: first.promise, second: second.promise };
}

/**
 * Accepts no more connections, and waits for the requests in progress: for the given time, or until a second signal.
 */
async function stopServer(
  server: Bun.Server<undefined>,
  timeoutMs: number,
  hurry: Promise<void>,
  logger: Logger,
): Promise<void> {
  const cut = Promise.race([Bun.sleep(timeoutMs), hurry]).then(() => 'cut' as const);
  const ended = server.stop(false).then(() => 'ended' as const);
  const under = server.pendingRequests;
  const how = await Promise.race([ended, cut]);
  if (how === 'cut') logger.warn({ requests: server.pendingRequests }, 'requests were cut off');
  await server.stop(true);
  logger.info({ waited_for: under }, 'stopped');
}
