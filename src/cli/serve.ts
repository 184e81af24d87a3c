import pino from 'pino';
import { createApp } from '../app.ts';
import { type Config, toConfig } from '../config/config.ts';
import { toSecrets } from '../config/secrets.ts';
import type { RawSettings } from '../config/settings.ts';
import { firstStart } from '../domain/first-start.ts';

/** Serves until it is told to stop; then finishes what is under way. */
export async function serve(raw: RawSettings): Promise<void> {
  const config = toConfig(raw);
  const secrets = toSecrets(raw);
  const logger = pino({ level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  await using app = await createApp({ config, secrets, logger });
  const password = await firstStart(app.services, secrets, new URL(config.url).hostname);
  if (password)
    process.stderr.write(`\n  Sign in as root with this password, shown this once: ${password.reveal()}\n\n`);

  const server = Bun.serve({
    ...config.listen,
    idleTimeout: config.idleTimeoutSeconds,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    ...(config.tls ? { tls: { cert: Bun.file(config.tls.certFile), key: Bun.file(config.tls.keyFile) } } : {}),
    fetch: (request, server) =>
      app.dispatch(request, {
        peer: server.requestIP(request)?.address ?? 'unknown',
        allowSilence: () => server.timeout(request, 0),
      }),
  });
  if (config.listen.port === 0) app.setBaseUrl(withPort(config, server.port ?? 0));
  logger.info({ url: raw.POSTERN_URL ?? `${server.url.origin}` }, 'serving');
  await stopSignal();
  await Promise.race([server.stop(false), Bun.sleep(config.stopTimeoutMs)]);
  await server.stop(true);
}

const withPort = (config: Config, port: number) => config.url.replace(/:0$/, `:${port}`);

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}
