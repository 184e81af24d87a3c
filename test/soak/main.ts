import { parseArgs } from 'node:util';
import type { Engine } from '../../src/store/db/database.ts';
import { cloneBigRepository } from '../support/big-repository.ts';
import { useDisk } from '../support/scratch.ts';
import { bigBlobs, MEMORY_LIMIT_MEGABYTES } from './big-blobs.ts';
import { bigPackages } from './big-packages.ts';
import { largestBodies } from './bodies.ts';
import { collectSoak, collectSummary } from './collect-soak.ts';
import { crashSoak, problemsOf, summary } from './crash-soak.ts';
import { type FileSystem, whyNoCut } from './cut-disk.ts';
import { fuzzSoak } from './fuzz-soak.ts';
import { hostileSoak } from './hostile-soak.ts';
import { powercutSoak, powercutSummary } from './powercut-soak.ts';
import { slowDiskSoak, slowDiskSummary } from './slowdisk-soak.ts';

const SOAKS = ['memory', 'bodies', 'fuzz', 'hostile', 'packages', 'crash', 'collect', 'slowdisk', 'powercut'] as const;

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(crypto.getRandomValues(new Uint32Array(1))[0]) },
    engine: { type: 'string', multiple: true, default: ['sqlite', 'postgres'] },
    only: { type: 'string' },
    blobs: { type: 'string' },
    disk: { type: 'string', multiple: true, default: ['ext4', 'xfs'] },
    cuts: { type: 'string' },
    target: { type: 'string' },
    inputs: { type: 'string' },
    seconds: { type: 'string' },
  },
});

if (values.only !== undefined && !SOAKS.some((name) => name === values.only)) {
  console.error(`${values.only} is not one of ${SOAKS.join(', ')}.`);
  process.exit(2);
}

// A fuzzer is about parsers, not about the disk.
if (values.only !== 'fuzz') useDisk();
const seed = Number(values.seed);
console.log(`seed ${seed}: script/soak --seed ${seed} kills at the same instants`);
// S3 is accessed with the keys from the environment, which the server uses too.
const settings =
  values.blobs === undefined
    ? {}
    : {
        POSTERN_BLOBS: values.blobs,
        POSTERN_S3_ACCESS_KEY_ID: process.env['POSTERN_S3_ACCESS_KEY_ID'] ?? '',
        POSTERN_S3_SECRET_ACCESS_KEY: process.env['POSTERN_S3_SECRET_ACCESS_KEY'] ?? '',
      };
const say = (line: string) => console.log(line);
const lines: string[] = [];
let sound = true;

function conclude(line: string, problems: readonly string[]): void {
  for (const problem of problems) console.log(problem);
  sound &&= problems.length === 0;
  lines.push(line);
}

const wanted = (name: (typeof SOAKS)[number]) => values.only === undefined || values.only === name;

if (wanted('memory')) {
  const gigabytes = values.short ? 0.25 : 2;
  const { peakMegabytes, problems } = await bigBlobs(gigabytes * 1e9);
  conclude(
    `4 uploads and 4 downloads of ${gigabytes} GB at once: ${peakMegabytes.toFixed(0)} MB of memory at most`,
    problems,
  );
  const files = values.short ? 2 : 20;
  const { push, clones } = await cloneBigRepository(files, 8);
  conclude(
    `a push and 8 clones at once of a repository of ${files * 50} MB: ${Math.max(push, clones).toFixed(0)} MB of memory at most`,
    clones < MEMORY_LIMIT_MEGABYTES ? [] : [`the clones of a large repository took ${clones.toFixed(0)} MB of memory`],
  );
}
if (wanted('bodies')) {
  const { lines: shown, problems } = await largestBodies();
  conclude(shown.join('\n'), problems);
}
if (wanted('fuzz')) {
  const { lines: shown, problems } = await fuzzSoak({
    seed,
    inputs: Number(values.inputs ?? (values.short ? 20_000 : 1_000_000)),
    target: values.target,
    say,
  });
  conclude(shown.join('\n'), problems);
}
if (wanted('hostile')) {
  const seconds = Number(values.seconds ?? (values.short ? 20 : 600));
  const { lines: shown, problems } = await hostileSoak({ seconds, seed, target: values.target, say });
  conclude(shown.join('\n'), problems);
}
if (wanted('packages')) {
  const [part, versions] = values.short ? [0.04, 5000] : [1, 100_000];
  const { lines: shown, problems } = await bigPackages({ fileBytes: part * 5e9, tarballBytes: part * 5e8, versions });
  conclude(shown.join('\n'), problems);
}
for (const engine of values.engine as Engine[]) {
  if (wanted('crash')) {
    const figures = await crashSoak({ engine, kills: values.short ? 3 : 50, seed, say });
    conclude(summary(figures), problemsOf(figures));
  }
  if (wanted('collect')) {
    const figures = await collectSoak({ engine, seconds: values.short ? 10 : 180, seed, settings, say });
    conclude(collectSummary(figures), figures.problems);
  }
}
if (wanted('slowdisk'))
  for (const engine of values.engine as Engine[]) {
    const figures = await slowDiskSoak(engine, values.short ? 20 : 90, seed);
    conclude(slowDiskSummary(figures), figures.problems);
  }
if (wanted('powercut')) {
  const why = await whyNoCut();
  if (why !== null) conclude(`no power was cut: ${why}`, []);
  else
    for (const fileSystem of values.disk as FileSystem[])
      for (const engine of values.engine as Engine[]) {
        const cuts = Number(values.cuts ?? (values.short ? 2 : 50));
        const figures = await powercutSoak({ fileSystem, engine, cuts, seed, say });
        conclude(powercutSummary(figures), figures.problems);
      }
}
console.log(`\n${lines.join('\n')}`);
// A PostgreSQL that runs beside would keep the process alive.
process.exit(sound ? 0 : 1);
