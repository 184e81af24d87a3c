import type { App } from '../app.ts';
import { COLLECT_GARBAGE, type Collected, type CollectionOptions } from '../domain/collection/collection.ts';
import type { Amount } from '../domain/collection/sweep.ts';
import type { RunTask } from '../domain/tasks/run-task.ts';
import { formatBytes } from '../lib/byte-size.ts';
import { SECOND } from '../lib/clock.ts';
import { StartError } from '../lib/start-error.ts';
import type { Invocation } from './command.ts';
import { onApp, stopSignal, toJson } from './on-app.ts';
import { requireDone } from './tasks.ts';

/** Deletes unreferenced blobs, also while the server runs. @returns 1 when a blob could not be deleted. */
export const gc = (invocation: Invocation): Promise<number> =>
  onApp(invocation, async (app, { collection }) => {
    const { flags, print, say } = invocation;
    const progress = everySecond(say);
    const collected =
      flags['dry-run'] === true
        ? await app.services.collection.dryRun({ progress, signal: stopSignal() })
        : await collect(app, { progress });
    await print(flags['json'] === true ? toJson(asJson(collected)) : summaryOf(collected, collection.graceMs));
    return collected.failures === 0 ? 0 : 1;
  });

/**
 * Collects garbage as the background task does, under its lease: no other process collects at the same time.
 * @throws StartError when a collection runs already.
 */
async function collect({ services, runTask }: App, options: CollectionOptions): Promise<Collected> {
  const done: Collected[] = [];
  const run: RunTask = async ({ signal }) => {
    const collected = await services.collection.run({ ...options, signal });
    if (collected) done.push(collected);
    return { nextAt: null };
  };
  const outcome = await runTask({ kind: COLLECT_GARBAGE, subject: 0 }, stopSignal(), run);
  const [collected] = done;
  requireDone('garbage collection', outcome);
  if (!collected) throw new StartError('Garbage is being collected by another process. Nothing was done.');
  return collected;
}

function everySecond(say: Invocation['say']): (looked: number) => void {
  let last = performance.now();
  return (looked) => {
    if (performance.now() - last < SECOND) return;
    last = performance.now();
    void say(`${looked.toLocaleString('en')} blobs checked\n`);
  };
}

const asJson = ({ dryRun, ms, looked, images, files, uploads, leftovers, failures }: Collected) => ({
  dry_run: dryRun,
  duration_ms: Math.round(ms),
  checked: looked,
  deleted: { images, files, uploads, leftovers },
  failures,
});

/** The result of a run, for people. */
function summaryOf(collected: Collected, graceMs: number): string {
  const { dryRun, looked, ms, failures } = collected;
  const rows: [string, Amount][] = [
    ['blobs of images', collected.images],
    ['files of packages and LFS objects', collected.files],
    ['abandoned uploads', collected.uploads],
    ['temporary files of killed processes', collected.leftovers],
  ];
  const total = rows.reduce((sum, [, { count, bytes }]) => ({ count: sum.count + count, bytes: sum.bytes + bytes }), {
    count: 0,
    bytes: 0,
  });
  const line = ([name, { count, bytes }]: [string, Amount]) =>
    `  ${name.padEnd(36)}${count.toLocaleString('en').padStart(10)}${formatBytes(bytes).padStart(12)}\n`;
  const age = `${graceMs / SECOND} s`;
  return [
    `Checked ${looked.toLocaleString('en')} blobs in ${(ms / SECOND).toFixed(1)} s for unreferenced ones that are at least ${age} old.\n\n`,
    ...rows.map(line),
    line([dryRun ? 'would be deleted' : 'deleted', total]),
    ...(failures > 0 ? [`\n${failures} could not be deleted; the errors are above.\n`] : []),
  ].join('');
}
