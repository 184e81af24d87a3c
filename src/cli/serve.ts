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

/** Serves until it is told to stop; then finishes what is under way. */
export async function serve({ raw }: Invocation): Promise<number> {
  const config = toConfig(raw);
  const secrets = toSecrets(raw);
  const tls = config.tls && loadTls(config.tls);
  const logger = createLogger(config.logLevel);
  for (const name of unknownSettings()) logger.warn({ name }, 'there is no such setting: it has no effect');
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
 * Whoever gives the token at a later start, as README's example does, would be told no more than that it is wrong, by
 * each request.
 */
async function warnOfToken({ rootToken }: ConfigSecrets, { services }: App, logger: Logger): Promise<void> {
  if (
    rootToken === null ||
    (await services.personalTokens.check(inspectToken(rootToken.reveal()))).outcome === 'active'
  )
    return;
  logger.warn('POSTERN_ROOT_TOKEN is made at the first start alone, which has been: this one opens nothing');
}

/**
 * One JSON object per line on standard output, the level as a word. Written in step: what waits as the process ends
 * would be lost.
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

/** As `pino.stdTimeFunctions.isoTime`; of many lines in a millisecond the first alone has to work it out. */
function timeOfLine(): () => string {
  let last = 0;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== last) [last, text] = [now, `,"time":"${new Date(now).toISOString()}"`];
    return text;
  };
}

/**
 * Writes in one step what is logged in one turn of the event loop: of many requests at once each would pay for a write.
 */
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

/** @throws StartError when it cannot listen. */
function listen(config: Config, tls: Tls | null, app: App): Bun.Server<undefined> {
  try {
    return Bun.serve({
      ...config.listen,
      idleTimeout: config.idleTimeoutSeconds,
      // Each protocol has limits of its own, kept while it streams.
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
    // What Bun says of a host name that leads to no address.
    ENOENT: 'there is no such host',
  };
  return new StartError(`POSTERN_LISTEN: cannot listen on ${where}: ${why[codeOf(error) ?? ''] ?? messageOf(error)}.`);
}

const withPort = (url: string, port: number) => url.replace(/:0$/, `:${port}`);

/** Resolved at the first and the second time that someone asks us to stop. */
function stopSignals(): { first: Promise<void>; second: Promise<void> } {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let count = 0;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => (++count === 1 ? first : second).resolve());
  }
  return { first: first.promise, second: second.promise };
}

/** Takes no more connections, and lets what is under way end: for so long, or until asked once more. */
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
