import { Gauge, type Registry } from 'prom-client';
import type { Collected } from '../domain/collection/collection.ts';

/** @returns shows the result of the collector's last run; before the first run only the names are shown. */
export function createCollectionMeters(registry: Registry): (last: Collected | null) => void {
  const gauge = (name: string, help: string) =>
    new Gauge({
      name: `postern_collection_${name}`,
      help: `Last collection of garbage: ${help}`,
      registers: [registry],
    });
  const ended = gauge('last_run_timestamp_seconds', 'when it ended');
  const seconds = gauge('last_run_duration_seconds', 'how long it took');
  const looked = gauge('last_run_looked_at_blobs', 'blobs it looked at');
  const removed = gauge('last_run_removed', 'blobs, uploads and leftovers it removed');
  const freed = gauge('last_run_freed_bytes', 'bytes it freed');
  const failures = gauge('last_run_failures', 'how often something could not be removed');

  return (last) => {
    if (!last) return;
    const amounts = [last.images, last.files, last.uploads, last.leftovers];
    ended.set(last.at / 1000);
    seconds.set(last.ms / 1000);
    looked.set(last.looked);
    removed.set(amounts.reduce((sum, { count }) => sum + count, 0));
    freed.set(amounts.reduce((sum, { bytes }) => sum + bytes, 0));
    failures.set(last.failures);
  };
}
