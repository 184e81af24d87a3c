import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { basic, privateToken } from '../support/app.ts';
import { createClient, type TestClient } from '../support/client.ts';
import { makeRepository } from '../support/git.ts';
import { residentMegabytes } from '../support/memory.ts';
import { sha256 } from '../support/registry.ts';
import { ROOT_TOKEN, startServer, type TestServer } from '../support/server.ts';
import type { Victim } from './attacks.ts';
import { images } from './image-writers.ts';
import { type Acknowledged, type Ledger, randomFrom } from './ledger.ts';
import { npm } from './package-writers.ts';
import { startProbe } from './probe.ts';
import { MANIFEST, manifestOf, pushWhole, signIn } from './registry-client.ts';
import { findLost, fsckAll } from './verify.ts';
import { ask, pushes, type Scene, type Writer } from './writers.ts';

/** The 99th percentile of the honest clients under attack is at most so many times that without. */
const MAX_RATIO = 5;
const MAX_MEGABYTES = 500;
/** Honest clients think this long between two of their actions, in milliseconds. */
const THINK_MS = 200;
/** The attackers get less of the processor than the server: elsewhere they have machines of their own. */
const NICE = '10';
const LONG_TAGS = 60;
const STORAGE_LIMIT = 5_000_000;

interface Honest {
  kind: string;
  /** Does one action: `stopped` is true from the second question on. */
  write: Writer;
  ledger: Ledger;
}

type Base = Omit<Scene, 'ledger' | 'stopped'>;

/** How long each action took, in milliseconds, by its kind. */
type Times = Map<string, number[]>;

const clone: Writer = async ({ server, client, projectPath, ledger, stopped }) => {
  while (!stopped()) {
    const url = `${server.urlFor('root', ROOT_TOKEN)}/${projectPath}-to-clone.git`;
    const { code, output } = await client.run(['git', 'clone', '-q', url, client.path(`clone-${crypto.randomUUID()}`)]);
    if (code !== 0) ledger.surprises.push(`a clone failed: ${output}`);
  }
};

/** The requests of `npm install` for the package that the other client publishes. */
const install: Writer = async (scene) => {
  const { server, projectPath, stopped } = scene;
  const headers = { ...privateToken(ROOT_TOKEN), Accept: 'application/vnd.npm.install-v1+json' };
  while (!stopped()) {
    const url = `${server.url}/api/v4/projects/${encodeURIComponent(projectPath)}/packages/npm/honest`;
    const packument = await ask(scene, url, { headers });
    if (!packument) return;
    const { versions } = (await packument.json()) as { versions: Record<string, { dist: { tarball: string } }> };
    const newest = Object.values(versions).at(-1);
    if (newest) await ask(scene, newest.dist.tarball, { headers: privateToken(ROOT_TOKEN) });
  }
};

const honestClients = (): Honest[] =>
  Object.entries({
    'git clone': clone,
    'git push': pushes('honest'),
    'docker push': images('honest'),
    'npm publish': npm('honest'),
    'npm install': install,
  }).map(([kind, write]) => ({ kind, write, ledger: { acknowledged: [], surprises: [] } }));

/** Lets all of them work for a time, side by side. */
async function workFor(seconds: number, base: Base, clients: readonly Honest[]): Promise<Times> {
  const until = performance.now() + seconds * 1000;
  const times: Times = new Map();
  const work = async ({ kind, write, ledger }: Honest) => {
    const own: number[] = [];
    times.set(kind, own);
    do {
      let asked = 0;
      const begun = performance.now();
      await write({ ...base, ledger, stopped: () => asked++ > 0 });
      own.push(performance.now() - begun);
      await Bun.sleep(THINK_MS);
    } while (performance.now() < until);
  };
  await Promise.all(clients.map(work));
  return times;
}

export interface HostileOptions {
  /** Of the attack. The quiet time before it is a fifth. */
  seconds: number;
  seed: number;
  /** Only attacks with this in their names. */
  target?: string | undefined;
  say?: (line: string) => void;
}

/**
 * Measures honest clients of a real server, then again beside every attack of `attacks.ts` at once.
 * @returns the figures for people, and what exceeds the limits, was lost or failed.
 */
export async function hostileSoak({
  seconds,
  seed,
  target = '',
  say = () => {},
}: HostileOptions): Promise<{ lines: string[]; problems: string[] }> {
  using client = createClient();
  const log = client.path('server.log');
  await using server = await startServer('sqlite', { POSTERN_TRUSTED_PROXIES: '127.0.0.1/32' }, log);
  const { base, victim } = await prepare(server, client, seed);
  const clients = honestClients();
  // The first actions, one after the other, make folders and packages.
  for (const honest of clients) await workFor(0, base, [honest]);
  const quiet = await workFor(Math.max(5, seconds / 5), base, clients);
  say(`quiet: ${describe(quiet)}`);
  const attacked = await underAttack(server, { ...victim, target }, () => workFor(seconds, base, clients));
  say(`under attack: ${describe(attacked.times)}`);
  const written = clients.flatMap(({ ledger }) => ledger.acknowledged);
  const problems = [
    ...clients.flatMap(({ kind, ledger }) => ledger.surprises.map((text) => `${kind}: ${text}`)),
    ...(await findDamage(server, client, written)),
    ...slowerThan(quiet, attacked.times),
    ...attacked.problems,
  ];
  if (readFileSync(log, 'utf8').includes('"msg":"fault"')) problems.push('a fault is in the log');
  const lines = [
    `${seconds} s of all attacks at once beside honest clients: ${attacked.megabytes.toFixed(0)} MB of memory at most, liveness ${attacked.liveness.toFixed(0)} ms at most; ${written.length} writes verified; seed ${seed}`,
    ...[...quiet].map(([kind, times]) => lineOf(kind, times, attacked.times.get(kind) ?? [])),
    ...attacked.answers,
  ];
  return { lines, problems };
}

/** The time that 99 of 100 actions do not exceed. */
const p99 = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(times.length * 0.99) - 1)] ?? Number.NaN;
const describe = (times: Times) => [...times].map(([kind, own]) => `${own.length} × ${kind}`).join(', ');

const lineOf = (kind: string, quiet: readonly number[], attacked: readonly number[]) =>
  `  ${kind.padEnd(12)} quiet: ${quiet.length}, p99 ${p99(quiet).toFixed(0)} ms; under attack: ${attacked.length}, p99 ${p99(attacked).toFixed(0)} ms, ${(p99(attacked) / p99(quiet)).toFixed(1)} times`;

const slowerThan = (quiet: Times, attacked: Times): string[] =>
  [...quiet].flatMap(([kind, times]) =>
    p99(attacked.get(kind) ?? []) > MAX_RATIO * p99(times) ? [`${kind}: more than ${MAX_RATIO} times as slow`] : [],
  );

async function findDamage(server: TestServer, client: TestClient, written: Acknowledged[]): Promise<string[]> {
  const lost = await findLost(server, client, written);
  const { corrupt } = await fsckAll(server, client);
  return [...lost.map((text) => `lost: ${text}`), ...corrupt.map((text) => `corrupt: ${text}`)];
}

/** Does something while a process of attackers is at work, and measures the server. */
async function underAttack(server: TestServer, victim: Victim & { target: string }, work: () => Promise<Times>) {
  const program = join(import.meta.dir, 'attackers.ts');
  const attackers = Bun.spawn(['nice', '-n', NICE, process.execPath, program, JSON.stringify(victim)], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const output = attackers.stdout.pipeThrough(new TextDecoderStream()).getReader();
  // They begin when the bodies that they send are made.
  if ((await output.read()).done) throw new Error('the attackers ended before the attack');
  using probe = startProbe(server.url);
  let megabytes = 0;
  const looking = setInterval(() => {
    megabytes = Math.max(megabytes, residentMegabytes(server.pid));
  }, 50);
  const times = await work();
  clearInterval(looking);
  const liveness = Math.max(...(await probe.waits()));
  await attackers.stdin.end();
  const counts = await readCounts(output);
  const problems = megabytes < MAX_MEGABYTES ? [] : [`the server took ${megabytes.toFixed(0)} MB of memory`];
  for (const [name, statuses] of Object.entries(counts))
    if (Object.keys(statuses).some((status) => Number(status) >= 500 && status !== '503'))
      problems.push(`${name}: answered ${JSON.stringify(statuses)}`);
  const answers = Object.entries(counts).map(([name, statuses]) => `  ${name}: ${JSON.stringify(statuses)}`);
  return { times, megabytes, liveness, problems, answers };
}

async function readCounts(output: { read(): Promise<{ done: boolean; value?: string | undefined }> }) {
  let text = '';
  for (let part = await output.read(); !part.done; part = await output.read()) text += part.value;
  return JSON.parse(text) as Record<string, Record<string, number>>;
}

/** A project for the honest clients, one that they clone, and one of the attacker's. */
async function prepare(server: TestServer, client: TestClient, seed: number): Promise<{ base: Base; victim: Victim }> {
  const group = await server.seed.group();
  const project = await server.seed.project(group, { path: 'honest' });
  const other = await server.seed.project(group, { path: 'honest-to-clone' });
  const cwd = await makeRepository(client, 'to-clone', 100);
  await client.ok(['git', 'push', '-q', `${server.urlFor('root', ROOT_TOKEN)}/${other.full_path}.git`, 'main'], {
    cwd,
  });
  const theirs = await server.seed.group(null, { visibility: 'public' });
  const attacker = await server.seed.member(theirs, 'owner');
  const open = await server.seed.project(theirs, { visibility: 'public' });
  const { username, token } = attacker;
  const victim = { username, token, projectId: open.id, projectPath: open.full_path, hiddenPath: project.full_path };
  const imageId = await pushLongTags(server.url, open.full_path);
  await fetch(`${server.url}/api/v4/projects/${open.id}`, {
    method: 'PUT',
    headers: { ...privateToken(ROOT_TOKEN), 'Content-Type': 'application/json' },
    body: JSON.stringify({ storage_limit: STORAGE_LIMIT }),
  });
  return {
    base: { server, client, groupId: group.id, projectPath: project.full_path, random: randomFrom(seed) },
    victim: { ...victim, url: server.url, port: server.port, imageId },
  };
}

/** @returns the id of an image with tags that are slow to match. */
async function pushLongTags(url: string, image: string): Promise<number> {
  const send = async (address: string, init: RequestInit) => {
    const answer = await fetch(address, init);
    if (!answer.ok) throw new Error(`${init.method} ${address}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const headers = await signIn(url, send, [image]);
  if (!headers) throw new Error('the registry issued no token');
  const bytes = Buffer.from('{}');
  await pushWhole(`${url}/v2/${image}`, headers, send, bytes);
  const body = manifestOf([{ digest: sha256(bytes), size: bytes.length }]);
  for (let i = 0; i < LONG_TAGS; i++)
    await send(`${url}/v2/${image}/manifests/${'a'.repeat(100)}${i}`, {
      method: 'PUT',
      headers: { ...headers, 'Content-Type': MANIFEST },
      body,
    });
  const list = `${url}/api/v4/projects/${encodeURIComponent(image)}/registry/repositories`;
  const [found] = (await (await send(list, { headers: basic('root', ROOT_TOKEN) })).json()) as { id: number }[];
  return found?.id ?? 0;
}
