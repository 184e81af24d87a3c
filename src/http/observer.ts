import type { Logger } from 'pino';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Collected } from '../domain/collection/collection.ts';
import { createCollectionMeters } from './collection-meters.ts';
import type { RequestObserver } from './request-log.ts';

export interface Observability {
  observer: RequestObserver;
  /** The metrics in Prometheus' text format. */
  metrics(): Promise<string>;
}

/**
 * One JSON line and a few counts per request. Routes are patterns, so that the number of series has a bound.
 * @param gitProcesses how many git processes run and how many requests wait for one, asked when metrics are read.
 * @param lastCollection what the last run of the collector came to; null when there was none since the start.
 */
export function createObservability(
  logger: Logger,
  gitProcesses: () => { running: number; waiting: number },
  lastCollection: () => Collected | null,
): Observability {
  const registry = new Registry();
  const { requests, seconds, checks, git } = createMeters(registry);
  const showCollection = createCollectionMeters(registry);
  collectDefaultMetrics({ register: registry });

  return {
    observer: {
      request(record) {
        const { id: request_id, room, method, route, status, actor, actorId: actor_id, fields, ...rest } = record;
        requests.inc({ room, method, route, status: String(status) });
        seconds.observe({ room, method, route }, record.ms / 1000);
        if (record.authentication !== 'not_asked') checks.inc({ outcome: record.authentication });
        logger.info({ request_id, room, method, route, status, actor, actor_id, ...rest, ...fields }, 'request');
      },
      fault: (id, error) => logger.error({ request_id: id, error: describe(error) }, 'fault'),
    },
    metrics() {
      const { running, waiting } = gitProcesses();
      git.set({ state: 'running' }, running);
      git.set({ state: 'waiting' }, waiting);
      showCollection(lastCollection());
      return registry.metrics();
    },
  };
}

function createMeters(registry: Registry) {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'postern_http_requests_total',
      help: 'Requests answered',
      labelNames: ['room', 'method', 'route', 'status'] as const,
      registers,
    }),
    seconds: new Histogram({
      name: 'postern_http_request_duration_seconds',
      help: 'Time from the arrival of a request to the last byte of its answer',
      labelNames: ['room', 'method', 'route'] as const,
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 300],
      registers,
    }),
    checks: new Counter({
      name: 'postern_token_checks_total',
      help: 'Credentials looked at, by how it ended',
      labelNames: ['outcome'] as const,
      registers,
    }),
    git: new Gauge({
      name: 'postern_git_processes',
      help: 'Git processes, running and waiting',
      labelNames: ['state'] as const,
      registers,
    }),
  };
}

/** What a log may hold of an error: its name, message and stack, not the fields that drivers add (parameters of a query, say). */
function describe(error: unknown): { name: string; message: string; stack: string } {
  if (!(error instanceof Error)) return { name: typeof error, message: 'not an error', stack: '' };
  return { name: error.name, message: error.message, stack: error.stack ?? '' };
}
