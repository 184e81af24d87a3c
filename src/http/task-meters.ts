import { Gauge, type Registry } from 'prom-client';
import type { TaskKindStatus } from '../domain/tasks/tasks.ts';

/** @returns shows the background tasks of each kind; null: the database could not be read, and nothing is shown. */
export function createTaskMeters(registry: Registry): (kinds: readonly TaskKindStatus[] | null) => void {
  const gauge = (name: string, help: string) =>
    new Gauge({
      name: `postern_tasks_${name}`,
      help: `Background tasks: ${help}`,
      labelNames: ['kind'] as const,
      registers: [registry],
    });
  const due = gauge('due', 'due, and not running');
  const running = gauge('running', 'running on any server');
  const failed = gauge('failed', 'failed in their last run');
  const age = gauge('last_success_age_seconds', 'seconds since one of the kind last ended well');
  const gauges = [due, running, failed, age];

  return (kinds) => {
    for (const one of gauges) one.reset();
    for (const { kind, ...status } of kinds ?? []) {
      due.set({ kind }, status.due);
      running.set({ kind }, status.running);
      failed.set({ kind }, status.failed);
      if (status.sinceSuccessMs !== null) age.set({ kind }, status.sinceSuccessMs / 1000);
    }
  };
}
