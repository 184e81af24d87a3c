import { COLLECT_GARBAGE, type Collected, type Collection } from '../domain/collection/collection.ts';
import { MINUTE } from '../lib/clock.ts';
import type { TaskKind, TaskLog } from './task-kind.ts';

/** A new server does not wait for a whole interval. */
const FIRST_MS = 10 * MINUTE;

/** Deletes the blobs that nothing refers to. @param intervalMs from one run to the next; null: never. */
export const collectGarbage = (
  collection: Pick<Collection, 'run'>,
  intervalMs: number | null,
  log: TaskLog,
): TaskKind => ({
  kind: COLLECT_GARBAGE,
  recurs: { intervalMs, firstMs: FIRST_MS },
  async run({ signal }) {
    const collected = await collection.run({ signal });
    if (collected) log.info(fieldsOf(collected), 'garbage collected');
    else log.info({}, 'garbage is collected by another process');
    return { nextAt: null };
  },
});

const fieldsOf = ({ ms, looked, images, files, uploads, leftovers, failures }: Collected) => ({
  ms: Math.round(ms),
  looked,
  images,
  files,
  uploads,
  leftovers,
  failures,
});
