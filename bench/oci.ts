import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type TestClient } from '../test/support/client.ts';
import { pull, push } from '../test/support/curl-registry.ts';
import { startDockerRegistry } from '../test/support/docker-registry.ts';
import { tarOf, writeImageLayout } from '../test/support/oci-layout.ts';
import { startServer, type TestServer } from '../test/support/server.ts';
import type { Benchmark, Figure } from './support/benchmark.ts';
import { startNginx } from './support/nginx.ts';
import { processorSeconds } from './support/processor.ts';
import { loadManifest, type Registry } from './support/registry-load.ts';
import { figures, interleaved, median, medianRatio } from './support/statistics.ts';

const ROUNDS = 5;
const SECONDS = 4;
const CONNECTIONS = 32;
const BLOB_BYTES = 256 * 1024 ** 2;
const LAYERS = 200;
const MANIFEST = { tag: 'v1', type: 'application/vnd.oci.image.manifest.v1+json' };

export const oci: Benchmark = {
  name: 'oci',
  title: "The container registry, beside Debian's docker-registry",
  method:
    'Ours: a private project, a deploy token, a bearer token on each request, on SQLite. Theirs: as Debian sets it up, and open to everyone. Both keep blobs on one file system and write their ' +
    'logs into files; all is in the page cache. Ours syncs the bytes, the folder and the row of a blob before it says 201; theirs the bytes, and no folder. ' +
    `The manifest of a tag by wrk on ${CONNECTIONS} connections for ${SECONDS} s; a blob of ${BLOB_BYTES / 1024 ** 2} MiB by one curl (POST, PATCH, PUT); an image of ${LAYERS} small layers by skopeo. ` +
    `${ROUNDS} times each, in turns; medians. The processor time that the server spends on it says what the load generator has no part in.`,
  columns: ['Postern', 'docker-registry'],

  async run(say) {
    using client = createClient();
    const folder = mkdtempSync('/tmp/postern-bench-');
    try {
      await using server = await startServer('sqlite', { POSTERN_LOG_LEVEL: 'info' }, join(folder, 'server.log'));
      await using peer = await startDockerRegistry(client, null);
      await using nginx = await startNginx(folder, `location / { root ${client.work}; }`);
      const { project, registry: ours } = await access(server);
      const theirs = { url: `http://${peer.host}`, pid: peer.pid, headers: async () => [], login: null };
      const bench = { client, ours, theirs, image: `${project}/app`, say };
      return [...(await manifests(bench)), ...(await blobs(bench, nginx.url)), ...(await smallLayers(bench))];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

interface Bench {
  client: TestClient;
  ours: Registry;
  theirs: Registry;
  image: string;
  say(line: string): void;
}

async function access(server: TestServer): Promise<{ project: string; registry: Registry }> {
  const project = await server.seed.project(await server.seed.group());
  const token = await server.seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
  const login = `${token.username}:${token.secret}`;
  const headers = async (image: string) => {
    const query = new URLSearchParams({ service: 'container_registry', scope: `repository:${image}:pull,push` });
    const answer = await fetch(`${server.url}/jwt/auth?${query}`, {
      headers: { Authorization: `Basic ${btoa(login)}` },
    });
    return [`Authorization: Bearer ${((await answer.json()) as { token: string }).token}`];
  };
  return { project: project.full_path, registry: { url: server.url, pid: server.pid, headers, login } };
}

/** Measures both in turns, after each has run once. */
async function compare({ ours, theirs }: Bench, measure: (registry: Registry) => Promise<number>) {
  for (const registry of [ours, theirs]) await measure(registry);
  const [a, b] = await interleaved(
    ROUNDS,
    () => measure(ours),
    () => measure(theirs),
  );
  return { a, b };
}

/** A figure where higher is better. */
function atLeast(what: string, { a, b }: { a: number[]; b: number[] }, unit: string, least: number | null): Figure {
  const ratio = medianRatio(a, b);
  const ours = figures(median(a), unit);
  const other = figures(median(b), unit);
  return least === null
    ? { what, ours, other, ratio, target: '', met: null }
    : { what, ours, other, ratio, target: `at least ${least}`, met: ratio >= least };
}

/** A figure where lower is better. */
function atMost(what: string, { a, b }: { a: number[]; b: number[] }, unit: string, most: number | null): Figure {
  const figure = atLeast(what, { a, b }, unit, null);
  const ratio = medianRatio(a, b);
  return most === null ? figure : { ...figure, target: `at most ${most}`, met: ratio <= most };
}

/** How much of a core a server takes while something is done. */
async function spending<T>({ pid }: Registry, work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const before = processorSeconds(pid);
  const result = await work();
  return { result, seconds: processorSeconds(pid) - before };
}

async function manifests(bench: Bench): Promise<Figure[]> {
  const { client, ours, theirs, image, say } = bench;
  writeImageLayout(client.path('one'), 'v1', [tarOf('hello', Buffer.from('hello\n'))]);
  for (const registry of [ours, theirs]) await copy(client, registry, 'push', 'one', image);
  const latencies = new Map<Registry, number[]>([ours, theirs].map((registry) => [registry, []]));
  const costs = new Map<Registry, number[]>([ours, theirs].map((registry) => [registry, []]));
  const rates = await compare(bench, async (registry) => {
    const ask = () =>
      loadManifest(client, registry, { image, ...MANIFEST }, { connections: CONNECTIONS, seconds: SECONDS });
    const { result, seconds } = await spending(registry, ask);
    latencies.get(registry)?.push(result.p99);
    costs.get(registry)?.push((seconds * 1e6) / (result.perSecond * SECONDS));
    say(
      `manifest: ${result.perSecond.toFixed(0)} /s, 99 % within ${result.p99.toFixed(1)} ms, ${seconds.toFixed(1)} s of a core in ${SECONDS} s`,
    );
    return result.perSecond;
  });
  // The first of each is the one that warmed it up.
  const of = (map: typeof costs) => ({ a: (map.get(ours) ?? []).slice(1), b: (map.get(theirs) ?? []).slice(1) });
  return [
    atLeast(`manifest of a tag, ${CONNECTIONS} connections`, rates, '/s', 8),
    atMost('99 % of them within', of(latencies), 'ms', 1),
    atMost('processor time of one', of(costs), 'µs', null),
  ];
}

async function blobs(bench: Bench, files: string): Promise<Figure[]> {
  const { client, ours, theirs, image, say } = bench;
  let number = 0;
  const path = client.path('blob');
  const whole = Buffer.alloc(BLOB_BYTES);
  for (let at = 0; at < BLOB_BYTES; at += 65_536) crypto.getRandomValues(whole.subarray(at, at + 65_536));
  /** One that neither has. */
  const next = async () => {
    whole.writeUInt32LE(++number, 0);
    await Bun.write(path, whole);
    await client.ok(['sync', '--file-system', path]);
    return { path, size: BLOB_BYTES, digest: `sha256:${new Bun.CryptoHasher('sha256').update(whole).digest('hex')}` };
  };
  const pushes = await compare(bench, async (registry) => {
    const headers = await registry.headers(image);
    const file = await next();
    const speed = await push(client, `${registry.url}/v2/${image}`, headers, file);
    say(`push: ${speed.toFixed(0)} MB/s`);
    return speed;
  });
  const file = await next();
  for (const registry of [ours, theirs]) {
    await push(client, `${registry.url}/v2/${image}`, await registry.headers(image), file);
  }
  const costs = new Map<Registry, number[]>([ours, theirs].map((registry) => [registry, []]));
  const fetchFrom = async (registry: Registry) => {
    const headers = await registry.headers(image);
    const fetched = async () => (await pull(client, `${registry.url}/v2/${image}/blobs/${file.digest}`, headers)).speed;
    const { result, seconds } = await spending(registry, fetched);
    costs.get(registry)?.push(seconds * 1000);
    say(`pull: ${result.toFixed(0)} MB/s`);
    return result;
  };
  const pulls = await compare(bench, fetchFrom);
  const [a, b] = await interleaved(
    ROUNDS,
    () => fetchFrom(ours),
    async () => (await pull(client, `${files}/blob`, [])).speed,
  );
  return [
    atLeast('blob push', pushes, 'MB/s', 3),
    atLeast('blob pull', pulls, 'MB/s', 1),
    atMost(
      'processor time of a pull',
      { a: (costs.get(ours) ?? []).slice(1, ROUNDS + 1), b: (costs.get(theirs) ?? []).slice(1) },
      'ms',
      null,
    ),
    atLeast('blob pull, beside nginx with the file', { a, b }, 'MB/s', null),
  ];
}

async function smallLayers(bench: Bench): Promise<Figure[]> {
  const { client, image, say } = bench;
  let number = 0;
  const timed = async (work: () => Promise<void>) => {
    const begin = performance.now();
    await work();
    return performance.now() - begin;
  };
  const pushes = await compare(bench, async (registry) => {
    // New ones each time, or skopeo and the registry find that they are there already.
    const name = `layers-${++number}`;
    writeImageLayout(
      client.path(name),
      'v1',
      Array.from({ length: LAYERS }, (_, i) => tarOf(`file-${i}`, crypto.getRandomValues(new Uint8Array(2000)))),
    );
    const took = await timed(() => copy(client, registry, 'push', name, image));
    say(`push of ${LAYERS} layers: ${took.toFixed(0)} ms`);
    rmSync(client.path(name), { recursive: true });
    return took;
  });
  const pulls = await compare(bench, async (registry) => {
    const name = `pulled-${++number}`;
    const took = await timed(() => copy(client, registry, 'pull', name, image));
    say(`pull of ${LAYERS} layers: ${took.toFixed(0)} ms`);
    rmSync(client.path(name), { recursive: true });
    return took;
  });
  return [
    atMost(`push of ${LAYERS} small layers`, pushes, 'ms', 1),
    atMost(`pull of ${LAYERS} small layers`, pulls, 'ms', 1),
  ];
}

/** By skopeo, from or into a layout in a folder. */
async function copy(client: TestClient, { url, login }: Registry, way: 'push' | 'pull', folder: string, image: string) {
  const side = way === 'push' ? 'dest' : 'src';
  const ends = [`oci:${client.path(folder)}:v1`, `docker://${new URL(url).host}/${image}:v1`];
  const options = [`--${side}-tls-verify=false`, ...(login === null ? [] : [`--${side}-creds`, login])];
  const [from, to] = way === 'push' ? ends : ends.toReversed();
  await client.ok(['skopeo', 'copy', '--preserve-digests', ...options, from ?? '', to ?? ''], { timeoutSeconds: 120 });
}
