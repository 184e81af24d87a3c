import type { Collected, Collection } from '../domain/collection/collection.ts';
import { MINUTE } from '../lib/clock.ts';

/** A server that is restarted often must get to it too: the first run does not wait for a whole interval. */
const FIRST_AFTER = 10 * MINUTE;

/** Where a job tells what it did. */
export interface JobLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * Collects garbage now and then, until it is disposed of: that ends a run between two steps.
 * @param intervalMs from the end of one run to the start of the next; null: never.
 */
export function collectGarbage(
  collection: Pick<Collection, 'run'>,
  intervalMs: number | null,
  log: JobLog,
): AsyncDisposable {
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> = Promise.resolve();

  const schedule = (ms: number) => {
    timer = setTimeout(() => {
      running = runOnce(collection, stop.signal, log).finally(() => {
        if (intervalMs !== null && !stop.signal.aborted) schedule(intervalMs);
      });
    }, ms);
  };
  if (intervalMs !== null) schedule(Math.min(intervalMs, FIRST_AFTER));

  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      clearTimeout(timer);
      await running;
    },
  };
}

async function runOnce(collection: Pick<Collection, 'run'>, signal: AbortSignal, log: JobLog): Promise<void> {
  try {
    const collected = await collection.run({ signal });
    if (collected) log.info(fieldsOf(collected), 'garbage collected');
    else log.info({}, 'garbage is collected by another process');
  } catch (error) {
    if (!signal.aborted) log.error({ error: String(error) }, 'garbage could not be collected');
  }
}

const fieldsOf = ({ ms, looked, images, files, uploads, leftovers, failures }: Collected) => ({
  ms: Math.round(ms),
  looked,
  images,
  files,
  uploads,
  leftovers,
  failures,
});
