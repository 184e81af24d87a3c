import { rm } from 'node:fs/promises';
import { createClient, type TestClient } from '../test/support/client.ts';
import { residentMegabytes } from '../test/support/memory.ts';
import { npmTarball, publication } from '../test/support/npm-tarball.ts';
import { startServer } from '../test/support/server.ts';
import type { Benchmark, Figure } from './support/benchmark.ts';
import { processorSeconds } from './support/processor.ts';
import { figures, interleaved, median, medianRatio } from './support/statistics.ts';
import { startVerdaccio } from './support/verdaccio.ts';

const VERSIONS = 300;
const PACKAGES = 200;
const ROUNDS = 7;
const SECONDS = 3;
const CLIENTS = 8;
const PUBLISHERS = 4;

/** One of the registries, and the way in. */
interface Registry {
  /** Without a slash at the end. */
  url: string;
  authorization: string;
  pid: number;
}

export const npm: Benchmark = {
  name: 'npm',
  title: 'npm packages, beside Verdaccio',
  method:
    `Ours: a private project and a deploy token. Theirs: everything for users who signed in, by JSON Web Token, on the Node.js that it asks for. ` +
    `The abbreviated packument of a package of ${VERSIONS} versions, as npm asks for it (gzip), by ${CLIENTS} at once for ${SECONDS} s; new packages and new versions of one package, published ` +
    `by ${PUBLISHERS} at once for ${SECONDS} s; and \`npm install\` of ${PACKAGES} small packages with an empty cache, which is mostly the work of npm itself: so the processor time of the server is told beside it. ${ROUNDS} times each, in turns; medians. Memory is VmRSS after all that.`,
  columns: ['Postern', 'Verdaccio'],

  async run(say) {
    using client = createClient(NPM);
    await using server = await startServer('sqlite', { POSTERN_LOG_LEVEL: 'info' });
    const project = await server.seed.project(await server.seed.group());
    const token = await server.seed.deployToken(project, { scopes: ['write_package_registry'] });
    await using peer = await startVerdaccio();
    const ours: Registry = {
      url: `${server.url}/api/v4/projects/${project.id}/packages/npm`,
      authorization: `Bearer ${token.secret}`,
      pid: server.pid,
    };
    const theirs: Registry = { url: peer.url, authorization: `Bearer ${peer.token}`, pid: peer.pid };
    for (const registry of [ours, theirs]) await fill(registry);
    say(`published ${VERSIONS} versions of one package and ${PACKAGES} packages to both`);

    const compare = async (what: string, measure: (registry: Registry) => Promise<number>) => {
      for (const registry of [ours, theirs]) await measure(registry);
      const [a, b] = await interleaved(
        ROUNDS,
        () => measure(ours),
        () => measure(theirs),
      );
      const compared = { a: median(a), b: median(b), ratio: medianRatio(a, b) };
      say(`${what}: ${figures(compared.a, '')}/ ${figures(compared.b, '')}`);
      return compared;
    };
    const packuments = await compare('packument', perSecond(CLIENTS, readPackument));
    const created = await compare('new packages', perSecond(PUBLISHERS, publishNew));
    const added = await compare('new versions', perSecond(PUBLISHERS, publishVersion));
    const worked = new Map<Registry, number[]>([ours, theirs].map((registry) => [registry, []]));
    const installs = await compare('install', async (registry) => {
      const before = processorSeconds(registry.pid);
      const took = await installTime(client, registry);
      worked.get(registry)?.push((processorSeconds(registry.pid) - before) * 1000);
      return took;
    });
    const [a, b] = [residentMegabytes(ours.pid), residentMegabytes(theirs.pid)];
    const rate = (what: string, { a, b, ratio }: typeof packuments, least: number): Figure => ({
      ...{ what, ours: figures(a, '/s'), other: figures(b, '/s'), ratio },
      ...{ target: `at least ${least}`, met: ratio >= least },
    });
    return [
      rate('packument', packuments, 5),
      rate('publish a new package', created, 3),
      rate('publish a new version', added, 3),
      {
        ...{ what: 'cold npm install', ours: figures(installs.a, 'ms'), other: figures(installs.b, 'ms') },
        ...{ ratio: 1 / installs.ratio, target: 'at least 1.5', met: 1 / installs.ratio >= 1.5 },
      },
      {
        ...{ what: 'processor of the server for it', ours: figures(median(worked.get(ours) ?? []), 'ms') },
        ...{ other: figures(median(worked.get(theirs) ?? []), 'ms') },
        ...{ ratio: medianRatio(worked.get(theirs) ?? [], worked.get(ours) ?? []), target: '', met: null },
      },
      {
        ...{ what: 'memory', ours: figures(a, 'MB'), other: figures(b, 'MB'), ratio: a / b },
        ...{ target: 'at most 1', met: a <= b },
      },
    ];
  },
};

const NPM = {
  npm_config_globalconfig: '/dev/null',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
};

const nameOf = (index: number) => `small-${String(index).padStart(3, '0')}`;

async function fill(registry: Registry): Promise<void> {
  for (let i = 0; i < VERSIONS; i++) await publish(registry, 'large', `1.${Math.floor(i / 10)}.${i % 10}`);
  for (let i = 0; i < PACKAGES; i++) await publish(registry, nameOf(i), '1.0.0');
}

/** What a package.json of a library looks like. */
const describing = (name: string, version: string) => ({
  ...{ name, version, description: `The package ${name}`, license: 'MIT', main: 'index.js', type: 'module' },
  author: { name: 'A. Maintainer', email: 'maintainer@example.com' },
  repository: { type: 'git', url: `git+https://git.example.com/${name}.git` },
  scripts: { build: 'tsc', test: 'node --test', lint: 'eslint .' },
  engines: { node: '>=18' },
  keywords: ['benchmark', 'library'],
});

async function publish({ url, authorization }: Registry, name: string, version: string): Promise<void> {
  const bytes = await npmTarball({ name, version }, `module.exports = '${name} ${version}';\n`.repeat(20));
  const response = await fetch(`${url}/${name}`, {
    method: 'PUT',
    headers: { Authorization: authorization, 'Content-Type': 'application/json', 'npm-command': 'publish' },
    body: JSON.stringify(publication(describing(name, version), bytes)),
  });
  const said = await response.text();
  if (!response.ok) throw new Error(`${url}/${name} ${version}: ${response.status} ${said}`);
}

let published = 0;
const publishNew = (registry: Registry) => publish(registry, `new-${++published}`, '1.0.0');
const publishVersion = (registry: Registry) => publish(registry, 'small-000', `2.0.${++published}`);

/** As npm asks for it. Unpacking is the client's work. */
async function readPackument({ url, authorization }: Registry): Promise<void> {
  const response = await fetch(`${url}/large`, {
    headers: {
      Authorization: authorization,
      Accept: 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*',
      'Accept-Encoding': 'gzip',
    },
    decompress: false,
  });
  const { byteLength } = await response.arrayBuffer();
  if (!response.ok || byteLength < 1000) throw new Error(`${url}: ${response.status}, ${byteLength} bytes`);
}

/** Has so many clients do it one after the other for a while. @returns how many were done in a second. */
const perSecond =
  (clients: number, work: (registry: Registry) => Promise<void>) =>
  async (registry: Registry): Promise<number> => {
    const begin = performance.now();
    const end = begin + SECONDS * 1000;
    let done = 0;
    const loop = async () => {
      for (; performance.now() < end; done++) await work(registry);
    };
    await Promise.all(Array.from({ length: clients }, loop));
    return (done * 1000) / (performance.now() - begin);
  };

async function installTime(client: TestClient, { url, authorization }: Registry): Promise<number> {
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
