import type { Engine } from '../../src/store/db/database.ts';
import { basic } from '../support/app.ts';
import { createClient } from '../support/client.ts';
import { PASSWORD } from '../support/seed.ts';
import { startServer } from '../support/server.ts';
import { pagesOf } from '../support/signed-in.ts';
import { images } from './image-writers.ts';
import { type Ledger, randomFrom } from './ledger.ts';
import { generic, npm } from './package-writers.ts';
import { percentile, startProbe } from './probe.ts';
import { findLost } from './verify.ts';
import { ask, pushes, type Scene, tokens, type Writer } from './writers.ts';

/** How long each sync of a file takes, in milliseconds. */
const SYNC_MS = 200;
/** The 99th percentile of the waits for the liveness of the server, in milliseconds, is below this. */
const MAX_LIVENESS_MS = 250;
/** The server starts, and the clients have their first answers. */
const SETTLE_MS = 3000;

/** The server under it, as the same process: each sync of its own and of its gits waits. */
const SLOW_DISK = [
  'strace',
  '--daemonize',
  '--follow-forks',
  '--seccomp-bpf',
  '--quiet=all',
  '--output=/dev/null',
  '--trace=fsync,fdatasync',
  `--inject=fsync,fdatasync:delay_enter=${SYNC_MS * 1000}`,
];

/** Signs in at the pages again and again. */
const signIns: Writer = async ({ server, ledger, stopped }) => {
  const pages = pagesOf({ fetch: (url, init) => fetch(url, init) } as Parameters<typeof pagesOf>[0], server.url);
  while (!stopped()) {
    const { status } = (await pages.signIn('root', { fields: { password: PASSWORD } })).answer;
    if (status !== 303) ledger.surprises.push(`a sign-in was answered ${status}`);
    else signedIn += 1;
  }
};
let signedIn = 0;

/** Uses each deploy token that was made: its last use is written. */
const uses: Writer = async (scene) => {
  const { server, ledger, stopped } = scene;
  for (let next = 0; !stopped(); next++) {
    const made = ledger.acknowledged.filter((write) => write.kind === 'token');
    const token = made[next % made.length];
    if (!token) {
      await Bun.sleep(100);
      continue;
    }
    const headers = { ...basic(token.username, token.secret), 'Git-Protocol': 'version=2' };
    const url = `${server.url}/${token.projectPath}.git/info/refs?service=git-upload-pack`;
    if (!(await ask(scene, url, { headers }))) return;
  }
};

/** Eight clients that write. */
const CLIENTS: readonly Writer[] = [
  tokens,
  tokens,
  npm('slow'),
  generic,
  images('slow'),
  pushes('slow'),
  signIns,
  uses,
];

export interface SlowDiskFigures {
  engine: Engine;
  seconds: number;
  /** The median, the 99th percentile and the longest of the waits for the liveness, in milliseconds. */
  liveness: { median: number; p99: number; longest: number };
  written: Record<string, number>;
  problems: string[];
}

/** Writes with eight clients while each sync of the disk takes 200 ms, and measures the waits for the liveness. */
export async function slowDiskSoak(engine: Engine, seconds: number, seed: number): Promise<SlowDiskFigures> {
  using client = createClient();
  await using server = await startServer(engine, { POSTERN_LOG_LEVEL: 'info' });
  const group = await server.seed.group();
  const project = await server.seed.project(group);
  await server.stop();
  await server.restart({ under: SLOW_DISK });
  const ledger: Ledger = { acknowledged: [], surprises: [] };
  let stopped = false;
  const scene: Scene = {
    server,
    client,
    ledger,
    groupId: group.id,
    projectPath: project.full_path,
    random: randomFrom(seed),
    stopped: () => stopped,
  };
  signedIn = 0;
  const writing = CLIENTS.map((write) => write(scene));
  await Bun.sleep(SETTLE_MS);
  using probe = startProbe(server.url);
  const known = { writes: ledger.acknowledged.length, signedIn };
  await Bun.sleep(seconds * 1000);
  const waits = await probe.waits();
  const written: Record<string, number> = { 'sign-in': signedIn - known.signedIn };
  for (const { kind } of ledger.acknowledged.slice(known.writes)) written[kind] = (written[kind] ?? 0) + 1;
  stopped = true;
  await Promise.all(writing);
  await server.stop();
  await server.restart();
  const lost = await findLost(server, client, ledger.acknowledged);
  const longest = Math.max(0, ...waits);
  const liveness = { median: percentile(waits, 0.5), p99: percentile(waits, 0.99), longest };
  const slow = liveness.p99 < MAX_LIVENESS_MS ? [] : [`${engine}: liveness p99 ${liveness.p99.toFixed(0)} ms`];
  const unexpected = ledger.surprises.map((text) => `unexpected: ${text}`);
  return {
    engine,
    seconds,
    liveness,
    written,
    problems: [...slow, ...lost.map((text) => `lost: ${text}`), ...unexpected],
  };
}

/** One line for people. */
export function slowDiskSummary({ engine, seconds, liveness, written, problems }: SlowDiskFigures): string {
  const { median, p99, longest } = liveness;
  const counts = Object.entries(written).map(([kind, count]) => `${count} ${kind}`);
  return [
    `${engine}: ${SYNC_MS} ms for each sync, 8 clients for ${seconds} s; liveness: median ${median.toFixed(0)} ms,`,
    `p99 ${p99.toFixed(0)} ms, longest ${longest.toFixed(0)} ms; written ${counts.join(', ')}; ${problems.length} problems`,
  ].join(' ');
}
