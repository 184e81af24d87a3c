import type { Engine } from '../../src/store/db/database.ts';
import { createClient } from '../support/client.ts';
import { startServer } from '../support/server.ts';
import { type Acknowledged, type Kind, type Ledger, randomFrom } from './ledger.ts';
import { ageLeftovers, findHalves, findLost, fsckAll, remainingLeftovers } from './verify.ts';
import { type Scene, WRITERS } from './writers.ts';

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
  surprises: string[];
}

const [SHORTEST_MS, LONGEST_MS] = [100, 2500];

/**
 * Kills a server, `kill -9`, at random instants of real writes, starts it again without help, and looks for all that it had
 * acknowledged: after each kill for what is new, at the end for everything.
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
  const acknowledged = countKinds(ledger.acknowledged);
  const [verified, surprises] = [ledger.acknowledged.length, ledger.surprises];
  return { engine, seed, kills, acknowledged, verified, ...found, corrupt, repositories, leftBehind, surprises };
}

async function killAmidWrites(scene: Omit<Scene, 'stopped'>, afterMs: number): Promise<void> {
  let stopped = false;
  const writing = WRITERS.map((write) => write({ ...scene, stopped: () => stopped }));
  await Bun.sleep(afterMs);
  stopped = true;
  await scene.server.kill();
  await Promise.all(writing);
}

function countKinds(writes: readonly Acknowledged[]): Record<Kind, number> {
  const count = { project: 0, token: 0, object: 0, push: 0 };
  for (const { kind } of writes) count[kind] += 1;
  return count;
}

export const problemsOf = ({ lost, corrupt, halves, notSwept, surprises }: SoakFigures): string[] => [
  ...lost.map((text) => `lost: ${text}`),
  ...corrupt.map((text) => `corrupt: ${text}`),
  ...halves.map((text) => `half: ${text}`),
  ...notSwept.map((text) => `not swept: ${text}`),
  ...surprises.map((text) => `unexpected: ${text}`),
];

/** One line for people. */
export function summary(figures: SoakFigures): string {
  const { engine, kills, acknowledged, verified, lost, repositories, corrupt, halves, leftBehind, notSwept } = figures;
  const kinds = `${acknowledged.push} refs pushed, ${acknowledged.object} LFS objects, ${acknowledged.token} tokens, ${acknowledged.project} projects`;
  return (
    `${engine}: ${kills} kills; acknowledged ${kinds}; verified ${verified}, lost ${lost.length}; ${repositories} repositories, ${corrupt.length} corrupt; ` +
    `${halves.length} half rows; ${leftBehind} files left by kills, ${notSwept.length} not removed; ${figures.surprises.length} unexpected answers; seed ${figures.seed}`
  );
}
