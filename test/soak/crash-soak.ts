import type { Engine } from '../../src/store/db/database.ts';
import { createClient } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { images } from './image-writers.ts';
import { type Acknowledged, type Kind, type Ledger, randomFrom } from './ledger.ts';
import { generic, maven, npm, pypi, sdists, snapshots } from './package-writers.ts';
import { ageLeftovers, findHalves, findLost, fsckAll, remainingLeftovers } from './verify.ts';
import { collectEverything, findAstray } from './verify-blobs.ts';
import { findHalfVersions } from './verify-packages.ts';
import { type Scene, WRITERS } from './writers.ts';

const PACKAGES = [npm('soaked'), pypi('soaked'), sdists('source'), maven('soaked'), snapshots('snapped'), generic];
const ALL = [...WRITERS, images('one'), images('two'), ...PACKAGES];

export interface SoakOptions {
  engine: Engine;
  kills: number;
  /** Which instants, sizes and names: the same seed draws the same ones, though what they meet differs. */
  seed: number;
  say?: (line: string) => void;
}

export interface SoakFigures {
  engine: Engine;
  seed: number;
  kills: number;
  acknowledged: Record<Kind, number>;
  /** Of all that was acknowledged, how much was looked for in the end. */
  verified: number;
  lost: string[];
  repositories: number;
  corrupt: string[];
  halves: string[];
  /** Files that kills left half done, and those of them that a start did not remove. */
  leftBehind: number;
  notSwept: string[];
  /** Unreferenced blobs in the stores, and those that the collector left. */
  garbage: number;
  astray: string[];
  surprises: string[];
}

type World = Omit<Scene, 'stopped' | 'server'> & { server: TestServer };

const SHORTEST_MS = 100;
const LONGEST_MS = 2500;
const LONGEST_START_MS = 60_000;

/**
 * Kills a server, `kill -9`, at random instants of real writes, starts it again without help, and looks for all that it
 * had acknowledged: after each kill for what is new, at the end for everything.
 */
export async function crashSoak({ engine, kills, seed, say = () => {} }: SoakOptions): Promise<SoakFigures> {
  const random = randomFrom(seed);
  using client = createClient();
  await using server = await startServer(engine, { POSTERN_LOG_LEVEL: 'info' });
  const group = await server.seed.group();
  const project = await server.seed.project(group);
  const ledger: Ledger = { acknowledged: [], surprises: [] };
  const scene = { server, client, groupId: group.id, projectPath: project.full_path, ledger, random };
  const found = { lost: [] as string[], corrupt: [] as string[], halves: [] as string[], notSwept: [] as string[] };
  let leftBehind = 0;

  for (let kill = 1; kill <= kills; kill++) {
    const known = ledger.acknowledged.length;
    await killAmidWrites(scene, SHORTEST_MS + random() * (LONGEST_MS - SHORTEST_MS));
    leftBehind += ageLeftovers(server);
    await server.restart();
    found.notSwept.push(...remainingLeftovers(server));
    const fresh = ledger.acknowledged.slice(known);
    found.lost.push(...(await findLost(server, client, fresh)));
    found.halves.push(...(await findHalves(server)));
    say(`${engine} ${kill}/${kills}: ${fresh.length} acknowledged, ${found.lost.length} lost so far`);
  }
  found.lost.push(...(await findLost(server, client, ledger.acknowledged)));
  const { repositories, corrupt } = await fsckAll(server, client);
  const collected = await collectAndLook(scene, found);
  const acknowledged = countKinds(ledger.acknowledged);
  const verified = ledger.acknowledged.length;
  const surprises = ledger.surprises;
  return {
    engine,
    seed,
    kills,
    acknowledged,
    verified,
    ...found,
    ...collected,
    corrupt,
    repositories,
    leftBehind,
    surprises,
  };
}

/** Runs the collector with no grace at all: then exactly what is referred to is left, and all that was acknowledged. */
async function collectAndLook(
  { server, client, ledger }: World,
  found: { lost: string[]; halves: string[] },
): Promise<{ garbage: number; astray: string[] }> {
  found.halves.push(...(await findHalfVersions(ledger.acknowledged)));
  const garbage = (await findAstray(server)).length;
  await collectEverything(server);
  found.halves.push(...(await findHalves(server)));
  // A blob whose manifest was never acknowledged is what the collector is for.
  const kept = ledger.acknowledged.filter(({ kind }) =>
    ['image', 'npm', 'pypi', 'sdist', 'maven', 'snapshot', 'file', 'object'].includes(kind),
  );
  found.lost.push(...(await findLost(server, client, kept)));
  return { garbage, astray: await findAstray(server) };
}

async function killAmidWrites(scene: World, afterMs: number): Promise<void> {
  let stopped = false;
  const writing = ALL.map((write) => write({ ...scene, stopped: () => stopped }));
  await everyKindIsWritten(scene.ledger);
  await Bun.sleep(afterMs);
  stopped = true;
  await scene.server.kill();
  await Promise.all(writing);
}

/** On a busy machine a kill that comes before anything was written would look for nothing. */
async function everyKindIsWritten({ acknowledged }: Ledger): Promise<void> {
  const last = Date.now() + LONGEST_START_MS;
  while (Date.now() < last && Object.values(countKinds(acknowledged)).includes(0)) await Bun.sleep(50);
}

function countKinds(writes: readonly Acknowledged[]): Record<Kind, number> {
  const count: Record<Kind, number> = {
    project: 0,
    token: 0,
    object: 0,
    push: 0,
    deletion: 0,
    blob: 0,
    image: 0,
    npm: 0,
    pypi: 0,
    sdist: 0,
    maven: 0,
    snapshot: 0,
    file: 0,
  };
  for (const { kind } of writes) count[kind] += 1;
  return count;
}

export const problemsOf = ({ lost, corrupt, halves, notSwept, astray, surprises, acknowledged }: SoakFigures) => [
  ...Object.entries(acknowledged).flatMap(([kind, count]) => (count === 0 ? [`nothing written: ${kind}`] : [])),
  ...lost.map((text) => `lost: ${text}`),
  ...corrupt.map((text) => `corrupt: ${text}`),
  ...halves.map((text) => `half: ${text}`),
  ...notSwept.map((text) => `not swept: ${text}`),
  ...astray.map((text) => `not collected: ${text}`),
  ...surprises.map((text) => `unexpected: ${text}`),
];

/** One line for people. */
export function summary(figures: SoakFigures): string {
  const { engine, kills, acknowledged, verified, lost, repositories, corrupt, halves, leftBehind, notSwept } = figures;
  const { push, deletion, object, token, project, blob, image, npm, pypi, sdist, maven, snapshot, file } = acknowledged;
  return [
    `${engine}: ${kills} kills; acknowledged ${push} refs pushed, ${deletion} deleted, ${object} LFS objects, ${token} tokens, ${project} projects,`,
    `${blob} blobs and ${image} manifests of images, ${npm} npm versions, ${pypi} wheels, ${sdist} sdists,`,
    `${maven} Maven files, ${snapshot} of snapshots, ${file} generic files; verified ${verified}, lost ${lost.length};`,
    `${repositories} repositories, ${corrupt.length} corrupt; ${halves.length} halves; ${leftBehind} files left by kills, ${notSwept.length} not removed;`,
    `${figures.garbage} files of garbage, ${figures.astray.length} not collected; ${figures.surprises.length} unexpected answers; seed ${figures.seed}`,
  ].join(' ');
}
