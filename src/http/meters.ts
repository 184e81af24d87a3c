import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Collected } from '../domain/collection/collection.ts';
import type { TaskKindStatus } from '../domain/tasks/tasks.ts';
import { createCollectionMeters } from './collection-meters.ts';
import type { RequestCounts } from './request-counts.ts';
import { registerRequestMeters } from './request-meters.ts';
import { createTaskMeters } from './task-meters.ts';

/** Metrics that are read at scrape time, in Prometheus' text format. */
export type Meters = (read: Readings) => Promise<string>;

export interface Readings {
  git: { running: number; waiting: number };
  /** Null: none since the start. */
  lastCollection: Collected | null;
  /** Null: the database cannot be read. */
  tasks: readonly TaskKindStatus[] | null;
}

/** Requests, git processes, background tasks, the last collection, and the process itself. */
export function createMeters(requests: RequestCounts): Meters {
  const registry = new Registry();
  registerRequestMeters(registry, requests);
  const git = new Gauge({
    name: 'postern_git_processes',
    help: 'Git processes, running and waiting',
    labelNames: ['state'] as const,
    registers: [registry],
  });
  const showCollection = createCollectionMeters(registry);
  const showTasks = createTaskMeters(registry);
  collectDefaultMetrics({ register: registry });
  return ({ git: { running, waiting }, lastCollection, tasks }) => {
    git.set({ state: 'running' }, running);
    git.set({ state: 'waiting' }, waiting);
    showTasks(tasks);
    showCollection(lastCollection);
    return registry.metrics();
  };
}
