import pino from 'pino';
import { createApp } from '../app.ts';
import { toConfig } from '../config/config.ts';
import { toSecrets } from '../config/secrets.ts';
import type { Collected } from '../domain/collection/collection.ts';
import type { Amount } from '../domain/collection/sweep.ts';
import { formatBytes } from '../lib/byte-size.ts';
import { SECOND } from '../lib/clock.ts';
import { StartError } from '../lib/start-error.ts';
import type { Invocation } from './command.ts';
import { requireDatabase } from './require-database.ts';

/** Removes what nothing refers to, also while the server runs. @returns 1 when something could not be removed. */
export async function gc({ raw, flags, print, say }: Invocation): Promise<number> {
  const config = toConfig(raw);
  requireDatabase(config);
  const dryRun = flags['dry-run'] === true;
  // What cannot be removed is told as it happens; everything else in the end.
  const logger = pino({ level: 'error' }, pino.destination(2));
  await using app = await createApp({ config, secrets: toSecrets(raw), logger });
  const collected = await app.services.collection.run({ dryRun, progress: everySecond(say) });
  if (!collected) throw new StartError('Garbage is being collected by another process; this one has done nothing.');
  await print(summaryOf(collected, config.collection.graceMs));
  return collected.failures === 0 ? 0 : 1;
}

function everySecond(say: Invocation['say']): (looked: number) => void {
  let told = performance.now();
  return (looked) => {
    if (performance.now() - told < SECOND) return;
    told = performance.now();
    void say(`${looked.toLocaleString('en')} blobs looked at\n`);
  };
}

/** What a run came to, for people. */
function summaryOf(collected: Collected, graceMs: number): string {
  const { dryRun, looked, ms, failures } = collected;
  const rows: [string, Amount][] = [
    ['blobs of images', collected.images],
    ['files of packages and LFS objects', collected.files],
    ['uploads that nobody went on with', collected.uploads],
    ['left half done by what was killed', collected.leftovers],
  ];
  const total = rows.reduce((sum, [, { count, bytes }]) => ({ count: sum.count + count, bytes: sum.bytes + bytes }), {
    count: 0,
    bytes: 0,
  });
  const line = ([what, { count, bytes }]: [string, Amount]) =>
    `  ${what.padEnd(36)}${count.toLocaleString('en').padStart(10)}${formatBytes(bytes).padStart(12)}\n`;
  return [
    `Looked at ${looked.toLocaleString('en')} blobs in ${(ms / SECOND).toFixed(1)} s for what nothing refers to, ${graceMs / SECOND} s old or older.\n\n`,
    ...rows.map(line),
    line([dryRun ? 'would be removed' : 'removed', total]),
    ...(failures > 0 ? [`\n${failures} times something could not be removed; see above.\n`] : []),
  ].join('');
}
