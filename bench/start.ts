import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { residentMegabytes } from '../test/support/memory.ts';
import { freePort } from '../test/support/postgres.ts';
import type { Benchmark, Figure } from './support/benchmark.ts';
import { figures, median } from './support/statistics.ts';

const ROUNDS = 9;
const SETTLE_MS = 2000;
const ROOT = join(import.meta.dir, '..');

export const start: Benchmark = {
  name: 'start',
  title: 'Start and idle memory',
  method:
    `From the start of the process to the first 200 of \`/-/health\`, asked every millisecond; medians of ${ROUNDS} starts in turns, on SQLite. ` +
    `The first start makes the database, its keys and root. Memory is VmRSS ${SETTLE_MS / 1000} s after the last of these starts. Nothing to compare with but the limit.`,
  columns: ['bun src/main.ts', 'dist/postern'],

  async run(say) {
    const folder = mkdtempSync('/tmp/postern-bench-');
    try {
      const executable = join(folder, 'postern');
      const built = Bun.spawnSync([join(ROOT, 'script/build'), executable], { cwd: ROOT });
      if (built.exitCode !== 0) throw new Error(`script/build: ${built.stderr.toString()}`);
      const source = [process.execPath, join(ROOT, 'src/main.ts')];
      const first: Pair[] = [];
      const again: Pair[] = [];
      const memory: Pair[] = [];
      for (let round = 0; round <= ROUNDS; round++) {
        const last = round === ROUNDS;
        const a = await startTwice(source, join(folder, `source${round}`), last);
        const b = await startTwice([executable], join(folder, `built${round}`), last);
        say(`${a.again.toFixed(0)} / ${b.again.toFixed(0)} ms`);
        if (last) memory.push([a.bytes, b.bytes]);
        else {
          first.push([a.first, b.first]);
          again.push([a.again, b.again]);
        }
      }
      return [
        limited('first start', first, 'ms', 300),
        limited('start', again, 'ms', 300),
        limited('idle memory', memory, 'MB', 120),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

type Pair = [number, number];

function limited(what: string, pairs: readonly Pair[], unit: string, limit: number): Figure {
  const a = median(pairs.map(([x]) => x));
  const b = median(pairs.map(([, y]) => y));
  const target = `both under ${limit} ${unit}`;
  return { what, ours: figures(a, unit), other: figures(b, unit), ratio: null, target, met: Math.max(a, b) < limit };
}

/**
 * Starts it on a new folder, and again. @returns milliseconds to the first good answer of each; megabytes, if asked
 * for, after a while.
 */
async function startTwice(command: readonly string[], data: string, weigh: boolean) {
  const first = await startOnce(command, data, false);
  const again = await startOnce(command, data, weigh);
  return { first: first.ms, again: again.ms, bytes: again.megabytes };
}

async function startOnce(command: readonly string[], data: string, weigh: boolean) {
  const port = await freePort();
  const begin = performance.now();
  const child = Bun.spawn([...command, 'serve', '--data', data, '--listen', `127.0.0.1:${port}`], {
    env: { PATH: process.env['PATH'] ?? '', HOME: data, POSTERN_ROOT_PASSWORD: 'correct horse battery' },
    cwd: '/tmp',
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
  });
  try {
    while (!(await healthy(port))) {
      if (child.exitCode !== null) throw new Error(`${command.join(' ')} serve ended with ${child.exitCode}`);
      await Bun.sleep(1);
    }
    const ms = performance.now() - begin;
    if (weigh) await Bun.sleep(SETTLE_MS);
    return { ms, megabytes: residentMegabytes(child.pid) };
  } finally {
    child.kill('SIGTERM');
    await child.exited;
  }
}

const healthy = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/-/health`, { keepalive: false }).then(
    (response) => response.ok,
    () => false,
  );
