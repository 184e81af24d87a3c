import type { UnreferencedManifests } from '../domain/images/cleanup/unreferenced.ts';
import { HOUR } from '../lib/clock.ts';
import type { TaskKind, TaskLog } from './task-kind.ts';

/** Manifests are deleted after a number of days: a few hours more do not matter. */
const INTERVAL_MS = 6 * HOUR;

/** Deletes manifests of images that nothing refers to, after the days that the server or the project sets. */
export const sweepManifests = ({ sweep }: Pick<UnreferencedManifests, 'sweep'>, log: TaskLog): TaskKind => ({
  kind: 'sweep-manifests',
  recurs: { intervalMs: INTERVAL_MS, firstMs: HOUR },
  async run({ signal }) {
    const swept = await sweep(signal);
    if (swept.deleted > 0) log.info(swept, 'untagged manifests deleted');
    return { nextAt: null };
  },
});
