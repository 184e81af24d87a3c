import type { Logger } from 'pino';
import type { Repositories } from '../domain/repositories/repositories.ts';
import { MINUTE } from '../lib/clock.ts';

const INTERVAL_MS = 5 * MINUTE;

/** Settles interrupted pushes when the server starts, and from then on at an interval, until it is disposed of. */
export function recoverPushes(
  repositories: Pick<Repositories, 'recoverPushes'>,
  log: Pick<Logger, 'info' | 'error'>,
): AsyncDisposable {
  const run = async () => {
    try {
      const settled = await repositories.recoverPushes();
      if (settled > 0) log.info({ settled }, 'interrupted pushes settled');
    } catch (error) {
      log.error({ error: String(error) }, 'interrupted pushes could not be settled');
    }
  };
  let running = run();
  const timer = setInterval(() => {
    running = running.then(run);
  }, INTERVAL_MS);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}
