import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Collected } from '../domain/collection/collection.ts';
import { createCollectionMeters } from './collection-meters.ts';

/** What is read off when it is asked for, in Prometheus' text format. */
export type Meters = (git: { running: number; waiting: number }, lastCollection: Collected | null) => Promise<string>;

/** Git processes, the last collection, and the process itself. */
export function createMeters(): Meters {
  const registry = new Registry();
  const git = new Gauge({
    name: 'postern_git_processes',
    help: 'Git processes, running and waiting',
    labelNames: ['state'] as const,
    registers: [registry],
  });
  const showCollection = createCollectionMeters(registry);
  collectDefaultMetrics({ register: registry });
  return ({ running, waiting }, lastCollection) => {
    git.set({ state: 'running' }, running);
    git.set({ state: 'waiting' }, waiting);
    showCollection(lastCollection);
    return registry.metrics();
  };
}
