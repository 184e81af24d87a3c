import pino from 'pino';
import { type App, createApp } from '../app.ts';
import { type Config, toConfig } from '../config/config.ts';
import { toSecrets } from '../config/secrets.ts';
import { StartError } from '../lib/start-error.ts';
import type { Invocation } from './command.ts';
import { requireDatabase } from './require-database.ts';

/**
 * Does work on the data of a server, also while the server runs. Errors that do not end the work are logged on standard
 * error.
 * @throws StartError when there is no database yet.
 */
export async function onApp<T>({ raw }: Invocation, work: (app: App, config: Config) => Promise<T>): Promise<T> {
  const config = toConfig(raw);
  requireDatabase(config);
  const logger = pino({ level: 'error' }, pino.destination(2));
  await using app = await createApp({ config, secrets: toSecrets(raw), logger });
  return await work(app, config);
}

/** Aborted when the operator or the system asks the program to stop. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stop.abort(new StartError('The command was stopped.')));
  return stop.signal;
}

/** For `--json`. */
export const toJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
