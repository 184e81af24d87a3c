import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MINUTE } from '../../src/lib/clock.ts';
import type { Engine } from '../../src/store/db/database.ts';
import { isHeadSound } from '../../src/store/git/git-head.ts';
import { findLocks } from '../../src/store/git/repository-locks.ts';
import { privateToken } from '../support/app.ts';
import { createClient, type TestClient } from '../support/client.ts';
import { ROOT_TOKEN } from '../support/server.ts';
import { type CutDisk, type FileSystem, makeDisk } from './cut-disk.ts';
import { type CutServer, startCutServer } from './cut-server.ts';
import { images } from './image-writers.ts';
import { type Ledger, randomFrom } from './ledger.ts';
import { generic } from './package-writers.ts';
import { findHalves, findLost, fsckAll, repositoriesIn } from './verify.ts';
import { type Scene, WRITERS } from './writers.ts';

const ALL = [...WRITERS, images('one'), generic];

/**
 * The ways to end: the power is cut right after an acknowledgement, or during writes; the server is killed alone, or
 * with its gits, and the disk goes on.
 */
const WAYS = ['acknowledged', 'load', 'acknowledged', 'load', 'server', 'group'] as const;
type Way = (typeof WAYS)[number];

const SHORTEST_MS = 50;
const LONGEST_MS = 1200;
const LONGEST_START_MS = 10_000;
/** How long the server may go on after the cut: what it acknowledges then is lost, and must not be acknowledged. */
const AFTER_CUT_MS = 50;

export interface PowercutOptions {
  fileSystem: FileSystem;
  engine: Engine;
  /** The number of power cuts. Kills are made in addition. */
  cuts: number;
  /** Which instants, sizes and names. */
  seed: number;
  say?: (line: string) => void;
}

export interface PowercutFigures {
  fileSystem: FileSystem;
  engine: Engine;
  seed: number;
  cuts: number;
  kills: number;
  acknowledged: Record<string, number>;
  verified: number;
  repositories: number;
  /** Locks that were left, and removed when the repository was used. */
  locksRemoved: number;
  problems: string[];
}

type World = Omit<Scene, 'stopped' | 'server'> & { disk: CutDisk; server: CutServer };

/**
 * Cuts the power of the server's disk again and again during real writes, starts it without help, and looks for all
 * that it had acknowledged: refs, deletions, objects, rows and blobs.
 */
export async function powercutSoak({ fileSystem, engine, cuts, seed, say = () => {} }: PowercutOptions) {
  using client = createClient();
  await using disk = await makeDisk(fileSystem);
  await using server = await startCutServer(disk.path, engine);
  const ledger: Ledger = { acknowledged: [], surprises: [] };
  const groupId = await makeGroup(server);
  const world: World = { disk, server, client, groupId, projectPath: 'cut/main', ledger, random: randomFrom(seed) };
  await makeProject(server, groupId);
  const problems: string[] = [];
  let verified = 0;
  let cut = 0;
  let kills = 0;

  for (let round = 0; cut < cuts; round++) {
    const way = WAYS[round % WAYS.length] ?? 'load';
    const known = ledger.acknowledged.length;
    await endAmidWrites(world, way, round);
    if (way === 'server' || way === 'group') kills++;
    else cut++;
    await server.restart();
    const fresh = ledger.acknowledged.slice(known);
    const lost = await findLost(server, client, fresh);
    verified += fresh.length;
    problems.push(...lost.map((text) => `lost by ${way}: ${text}`));
    say(
      `${fileSystem} ${engine} ${cut}/${cuts} ${way}: ${fresh.length} acknowledged, ${problems.length} problems so far`,
    );
  }
  await useAll(world);
  problems.push(...(await findLost(server, client, ledger.acknowledged)).map((text) => `lost in the end: ${text}`));
  verified += ledger.acknowledged.length;
  const { repositories, corrupt } = await fsckAll(server, client);
  problems.push(...corrupt.map((text) => `corrupt: ${text}`));
  // Other servers may use the folder of one on PostgreSQL: a lock stays for a minute.
  const mayBeShared = engine === 'postgres';
  problems.push(...(await findBroken(server, mayBeShared ? MINUTE : 0)));
  problems.push(...(await server.beside(findHalves)).map((text) => `half: ${text}`));
  const surprises = ledger.surprises.filter((text) => !(mayBeShared && /\.lock': File exists/.test(text)));
  problems.push(...surprises.map((text) => `unexpected: ${text}`));
  const locksRemoved = server.logs.filter((line) => line.includes('locks of gits that are gone')).length;
  const acknowledged = countKinds(ledger);
  return { fileSystem, engine, seed, cuts: cut, kills, acknowledged, verified, repositories, locksRemoved, problems };
}

async function endAmidWrites(world: World, way: Way, round: number): Promise<void> {
  const { server, disk, ledger, random } = world;
  const known = ledger.acknowledged.length;
  let stopped = false;
  // Half of the rounds cut so, and each writer has its turn.
  const single = ALL[Math.floor(round / 2) % ALL.length];
  if (way === 'acknowledged' && single) {
    await single({ ...world, stopped: () => ledger.acknowledged.length > known });
    await disk.cut();
    await server.killAll();
  } else {
    const writing = ALL.map((write) => write({ ...world, stopped: () => stopped }));
    await untilPushed(ledger, known);
    await Bun.sleep(SHORTEST_MS + random() * (LONGEST_MS - SHORTEST_MS));
    stopped = true;
    const expected = ledger.surprises.length;
    if (way === 'load') {
      await disk.cut();
      await Bun.sleep(AFTER_CUT_MS);
    }
    await (way === 'server' ? server.kill() : server.killAll());
    await Promise.all(writing);
    // A server without a disk may say so.
    ledger.surprises.length = expected;
  }
  if (way === 'acknowledged' || way === 'load') await disk.restart();
}

/** On a busy machine a cut may come before anything was pushed. */
async function untilPushed({ acknowledged }: Ledger, known: number): Promise<void> {
  const end = Date.now() + LONGEST_START_MS;
  while (Date.now() < end && !acknowledged.slice(known).some(({ kind }) => kind === 'push')) await Bun.sleep(10);
}

async function makeGroup({ url }: CutServer): Promise<number> {
  return (await post(`${url}/api/v4/groups`, { name: 'cut', path: 'cut' })).id;
}

const makeProject = ({ url }: CutServer, groupId: number) =>
  post(`${url}/api/v4/projects`, { name: 'main', path: 'main', namespace_id: groupId });

async function post(url: string, body: object): Promise<{ id: number }> {
  const headers = { ...privateToken(ROOT_TOKEN), 'Content-Type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as { id: number };
}

/** Lists the refs of every repository, as the server repairs a repository when it is used. */
async function useAll({ server, client }: { server: CutServer; client: TestClient }): Promise<void> {
  for (const path of repositoriesIn(server.folder)) {
    const id = /(\d+)\.git$/.exec(path)?.[1];
    const answer = await fetch(`${server.url}/api/v4/projects/${id}`, { headers: privateToken(ROOT_TOKEN) });
    const project = (await answer.json()) as { path_with_namespace: string };
    const url = `${server.urlFor('root', ROOT_TOKEN)}/${project.path_with_namespace}.git`;
    await client.ok(['git', 'ls-remote', url]);
  }
}

/** @returns repositories with a HEAD that names no ref, or no branch although there are some, and those with a lock. */
async function findBroken({ folder }: CutServer, lockMs: number): Promise<string[]> {
  const broken: string[] = [];
  for (const name of repositoriesIn(folder)) {
    const path = join(folder, 'repositories', name);
    if (!(await isHeadSound(path)))
      broken.push(`${name}: HEAD is ${JSON.stringify(readFileSync(join(path, 'HEAD'), 'utf8'))}`);
    const head = await gitOf(path, 'rev-parse', '-q', '--verify', 'HEAD');
    const branches = await gitOf(path, 'for-each-ref', '--count=1', 'refs/heads');
    if (head === '' && branches !== '') broken.push(`${name}: HEAD names no branch, and there is ${branches}`);
    for (const lock of await findLocks(path))
      if (Date.now() - lock.at > lockMs) broken.push(`${name}: ${lock.path} was left`);
  }
  return broken;
}

const gitOf = async (path: string, ...args: string[]): Promise<string> => {
  const child = Bun.spawn(['git', '-c', 'safe.directory=*', '--git-dir', path, ...args], { stderr: 'ignore' });
  return (await child.stdout.text()).trim();
};

function countKinds({ acknowledged }: Ledger): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of acknowledged) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** One line for people. */
export function powercutSummary(figures: PowercutFigures): string {
  const { fileSystem, engine, cuts, kills, acknowledged, verified, repositories, locksRemoved, problems, seed } =
    figures;
  const counts = Object.entries(acknowledged).map(([kind, count]) => `${count} ${kind}`);
  return [
    `${fileSystem}, ${engine}: ${cuts} power cuts and ${kills} kills; acknowledged ${counts.join(', ')}; verified ${verified};`,
    `${repositories} repositories; locks removed from ${locksRemoved}; ${problems.length} problems; seed ${seed}`,
  ].join(' ');
}
