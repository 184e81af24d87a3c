import { mkdir, rm } from 'node:fs/promises';
import { createClient, type TestClient } from '../test/support/client.ts';
import { residentMegabytes } from '../test/support/memory.ts';
import { startServer } from '../test/support/server.ts';
import type { Benchmark, Figure } from './support/benchmark.ts';
import { startNginx } from './support/nginx.ts';
import { ABBREVIATED, createStock, type NpmRegistry, publicationOf, publish } from './support/npm-load.ts';
import { processorSeconds } from './support/processor.ts';
import { figures, interleaved, median, medianRatio } from './support/statistics.ts';
import { startVerdaccio } from './support/verdaccio.ts';

const VERSIONS = 300;
const PACKAGES = 200;
const ROUNDS = 7;
const SECONDS = 3;
const CLIENTS = 8;
/** More than anybody publishes in a round. */
const STOCK = 8000;

export const npm: Benchmark = {
  name: 'npm',
  title: 'npm packages, beside Verdaccio',
  method:
    `Ours: a private project and a deploy token. Theirs: everything for users who signed in, by JSON Web Token, on the Node.js that it asks for. ` +
    `The abbreviated packument of a package of ${VERSIONS} versions, as npm asks for it (gzip), by ${CLIENTS} at once for ${SECONDS} s; new packages and new versions of one package, published ` +
    `by ${CLIENTS} at once for ${SECONDS} s, of bodies made before; and \`npm install\` of ${PACKAGES} small packages with an empty cache. That is mostly the work of npm itself: so the processor time of the server is reported beside it, ` +
    `and how long it takes when nginx sends the same answers as files, and asks nobody who they are, in place of Postern: no server is faster. ${ROUNDS} times each, in turns; medians. Memory is VmRSS after all that.`,
  columns: ['Postern', 'Verdaccio'],

  async run(say) {
    using client = createClient(NPM);
    await using server = await startServer('sqlite', { POSTERN_LOG_LEVEL: 'info' }, client.path('server.log'));
    const project = await server.seed.project(await server.seed.group());
    const token = await server.seed.deployToken(project, { scopes: ['write_package_registry'] });
    await using peer = await startVerdaccio();
    const ours: NpmRegistry = {
      url: `${server.url}/api/v4/projects/${project.id}/packages/npm`,
      authorization: `Bearer ${token.secret}`,
      pid: server.pid,
    };
    const theirs: NpmRegistry = { url: peer.url, authorization: `Bearer ${peer.token}`, pid: peer.pid };
    for (const registry of [ours, theirs]) await fill(registry);
    say(`published ${VERSIONS} versions of one package and ${PACKAGES} packages to both`);
    return [...(await requests({ ours, theirs, say })), ...(await installs({ ours, theirs, say }, client))];
  },
};

interface Bench {
  ours: NpmRegistry;
  theirs: NpmRegistry;
  say(line: string): void;
}

type Measure = (registry: NpmRegistry) => Promise<number>;

/** Both in turns, after a turn that does not count. @returns medians, and the median of the rounds' ratios. */
async function compare({ say }: Bench, what: string, [a, b]: readonly [NpmRegistry, NpmRegistry], measure: Measure) {
  for (const registry of [a, b]) await measure(registry);
  const [first, second] = await interleaved(
    ROUNDS,
    () => measure(a),
    () => measure(b),
  );
  const compared = { a: median(first), b: median(second), ratio: medianRatio(first, second) };
  say(`${what}: ${figures(compared.a, '')}/ ${figures(compared.b, '')}`);
  return compared;
}

async function requests(bench: Bench): Promise<Figure[]> {
  const both = [bench.ours, bench.theirs] as const;
  const rate = async (what: string, measure: Measure, least: number): Promise<Figure> => {
    const { a, b, ratio } = await compare(bench, what, both, measure);
    return {
      what,
      ours: figures(a, '/s'),
      other: figures(b, '/s'),
      ratio,
      target: `at least ${least}`,
      met: ratio >= least,
    };
  };
  const fresh = createStock(STOCK, (number) => publicationOf(`new-${number}`, '1.0.0'));
  const grown = createStock(STOCK, (number) => publicationOf('growing', `1.0.${number}`));
  const publishing = (stock: typeof fresh): Measure => {
    const measure = perSecond((registry) => publish(registry, stock.take()));
    return async (registry) => {
      await stock.fill();
      return measure(registry);
    };
  };
  return [
    await rate('packument', perSecond(readPackument), 5),
    await rate('publish a new package', publishing(fresh), 3),
    await rate('publish a new version', publishing(grown), 3),
  ];
}

async function installs(bench: Bench, client: TestClient): Promise<Figure[]> {
  const { ours, theirs } = bench;
  const worked = new Map<NpmRegistry, number[]>([ours, theirs].map((registry) => [registry, []]));
  const row = async (what: string, a: NpmRegistry, least: number | null): Promise<Figure> => {
    const compared = await compare(bench, what, [a, theirs], async (registry) => {
      const before = processorSeconds(registry.pid);
      const took = await installTime(client, registry);
      worked.get(registry)?.push((processorSeconds(registry.pid) - before) * 1000);
      return took;
    });
    const ratio = 1 / compared.ratio;
    return {
      what,
      ours: figures(compared.a, 'ms'),
      other: figures(compared.b, 'ms'),
      ratio,
      ...(least === null ? { target: '', met: null } : { target: `at least ${least}`, met: ratio >= least }),
    };
  };
  const cold = await row('cold npm install', ours, 1.5);
  const [a, b] = [worked.get(ours) ?? [], worked.get(theirs) ?? []].map((all) => all.slice(-ROUNDS)) as [
    number[],
    number[],
  ];
  const rss = residentMegabytes(ours.pid);
  const theirRss = residentMegabytes(theirs.pid);
  await using files = await filesOf(client, ours);
  return [
    cold,
    {
      what: 'processor of the server for it',
      ours: figures(median(a), 'ms'),
      other: figures(median(b), 'ms'),
      ratio: medianRatio(b, a),
      target: '',
      met: null,
    },
    await row('cold npm install, from files by nginx', files.registry, null),
    {
      what: 'memory',
      ours: figures(rss, 'MB'),
      other: figures(theirRss, 'MB'),
      ratio: rss / theirRss,
      target: 'at most 1',
      met: rss <= theirRss,
    },
  ];
}

const NPM = {
  npm_config_globalconfig: '/dev/null',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
};

const nameOf = (index: number) => `small-${String(index).padStart(3, '0')}`;

async function fill(registry: NpmRegistry): Promise<void> {
  const all = [
    ...Array.from({ length: VERSIONS }, (_, i) => ['large', `1.${Math.floor(i / 10)}.${i % 10}`] as const),
    ...Array.from({ length: PACKAGES }, (_, i) => [nameOf(i), '1.0.0'] as const),
  ];
  for (const [name, version] of all) await publish(registry, await publicationOf(name, version));
}

/** The responses of `registry` to npm, as static files for nginx. */
async function filesOf(client: TestClient, registry: NpmRegistry) {
  const folder = client.path('files');
  await mkdir(folder);
  const nginx = await startNginx(
    folder,
    `location / { root ${folder}/packuments; default_type application/vnd.npm.install-v1+json; add_header Cache-Control no-store; }
    location ~ /-/ { root ${folder}/tarballs; default_type application/octet-stream; }`,
  );
  const headers = { Authorization: registry.authorization, Accept: ABBREVIATED };
  for (let i = 0; i < PACKAGES; i++) {
    const name = nameOf(i);
    const tarball = `${nameOf(i)}/-/${nameOf(i)}-1.0.0.tgz`;
    const packument = await (await fetch(`${registry.url}/${name}`, { headers })).text();
    await Bun.write(`${folder}/packuments/${name}`, packument.replaceAll(registry.url, nginx.url));
    await Bun.write(`${folder}/tarballs/${tarball}`, await fetch(`${registry.url}/${tarball}`, { headers }));
  }
  return {
    registry: { url: nginx.url, authorization: registry.authorization, pid: nginx.pid },
    [Symbol.asyncDispose]: () => nginx[Symbol.asyncDispose](),
  };
}

/** As npm asks for it. Unpacking is the client's work. */
async function readPackument({ url, authorization }: NpmRegistry): Promise<void> {
  const response = await fetch(`${url}/large`, {
    headers: {
      Authorization: authorization,
      Accept: ABBREVIATED,
      'Accept-Encoding': 'gzip',
    },
    decompress: false,
  });
  const { byteLength } = await response.arrayBuffer();
  if (!response.ok || byteLength < 1000) throw new Error(`${url}: ${response.status}, ${byteLength} bytes`);
}

/** Has all clients do it one after the other for a while. @returns how many were done in a second. */
const perSecond =
  (work: (registry: NpmRegistry) => Promise<void>): Measure =>
  async (registry) => {
    const begin = performance.now();
    const end = begin + SECONDS * 1000;
    let done = 0;
    const loop = async () => {
      for (; performance.now() < end; done++) await work(registry);
    };
    await Promise.all(Array.from({ length: CLIENTS }, loop));
    return (done * 1000) / (performance.now() - begin);
  };

async function installTime(client: TestClient, { url, authorization }: NpmRegistry): Promise<number> {
  const folder = client.path('application');
  const dependencies = Object.fromEntries(Array.from({ length: PACKAGES }, (_, i) => [nameOf(i), '1.0.0']));
  const [, secret] = authorization.split(' ');
  await Bun.write(`${folder}/package.json`, JSON.stringify({ name: 'application', version: '1.0.0', dependencies }));
  await Bun.write(`${folder}/.npmrc`, `registry=${url}/\n${url.replace('http:', '')}/:_authToken=${secret}\n`);
  const begin = performance.now();
  await client.ok(['npm', 'install', '--cache', `${folder}/cache`, '--loglevel=error'], {
    cwd: folder,
    timeoutSeconds: 120,
  });
  const took = performance.now() - begin;
  await rm(folder, { recursive: true });
  return took;
}
