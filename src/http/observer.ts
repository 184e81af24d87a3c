import type { Logger } from 'pino';
import type { Collected } from '../domain/collection/collection.ts';
import type { TaskKindStatus } from '../domain/tasks/tasks.ts';
import type { Meters } from './meters.ts';
import { createRequestCounts } from './request-counts.ts';
import type { RequestObserver, RequestRecord } from './request-log.ts';
import { lineWriter } from './write-line.ts';

export interface Observability {
  observer: RequestObserver;
  /** The metrics in Prometheus' text format. */
  metrics(): Promise<string>;
}

/**
 * One JSON line and a few counts for each request. Routes are patterns, so the number of series is bounded.
 * @param gitProcesses how many git processes run and how many requests wait for one, asked when metrics are read.
 * @param lastCollection the result of the collector's last run; null if none since the start.
 * @param taskKinds the background tasks of each kind.
 */
export function createObservability(
  logger: Logger,
  gitProcesses: () => { running: number; waiting: number },
  lastCollection: () => Collected | null,
  taskKinds: () => Promise<readonly TaskKindStatus[]>,
): Observability {
  const counts = createRequestCounts();
  const writeRequest = lineWriter(logger, 'request');
  let meters: Promise<Meters> | undefined;
  return {
    observer: {
      request(record) {
        counts.count(record);
        writeRequest(lineOf(record));
      },
      fault: (id, error) => logger.error({ request_id: id, error: describe(error) }, 'fault'),
    },
    async metrics() {
      // prom-client takes long to load, and most servers are never asked.
      meters ??= import('./meters.ts').then(({ createMeters }) => createMeters(counts));
      const read = await meters;
      // The metrics of the process are needed most while the database is unreachable.
      const tasks = await taskKinds().catch(() => null);
      return read({ git: gitProcesses(), lastCollection: lastCollection(), tasks });
    },
  };
}

function lineOf(record: RequestRecord) {
  const { id: request_id, protocol, method, route, ip, status, bytes, ms, fields } = record;
  const { actor, actorId: actor_id, authentication, outcome } = record;
  const caller = { actor, actor_id, authentication, outcome };
  return { request_id, protocol, method, route, ip, status, ...caller, bytes, ms, ...fields };
}

/**
 * The loggable part of an error: its name, message and stack, not the fields that drivers add (parameters of a query,
 * say).
 */
function describe(error: unknown): { name: string; message: string; stack: string } {
  if (!(error instanceof Error)) return { name: typeof error, message: 'not an error', stack: '' };
  return { name: error.name, message: error.message, stack: error.stack ?? '' };
}
