import { basic } from '../support/app.ts';
import { createClient, type TestClient } from '../support/client.ts';
import { asArguments } from '../support/curl-registry.ts';
import { residentMegabytes } from '../support/memory.ts';
import { npmTarball, publication } from '../support/npm-tarball.ts';
import { startServer, type TestServer } from '../support/server.ts';

export interface BigPackages {
  /** Of a generic file. */
  fileBytes: number;
  /** Of what is in an npm package, and does not compress. */
  tarballBytes: number;
  /** Of one npm package. */
  versions: number;
}

export interface BigFigures {
  /** One for each, for people. */
  lines: string[];
  problems: string[];
}

/** The most that a server may take, whatever is sent to it. */
const FLOWING_MEGABYTES = 300;
/**
 * The same where it reads very many rows: what SQLite has mapped of its file counts as memory, until somebody else
 * needs that.
 */
const READING_MEGABYTES = 400;
const TIMEOUT = { timeoutSeconds: 900 };

interface Scene {
  server: TestServer;
  client: TestClient;
  /** The address of the project's packages. */
  packages: string;
  headers: string[];
  problems: string[];
}

/** Publishes and fetches what is larger than a server may hold, each on a server of its own. */
export async function bigPackages({ fileBytes, tarballBytes, versions }: BigPackages): Promise<BigFigures> {
  const problems: string[] = [];
  const shown = [
    await onServer(problems, FLOWING_MEGABYTES, `a generic file of ${sizeOf(fileBytes)}`, (scene) =>
      largeFile(scene, fileBytes),
    ),
    await onServer(problems, FLOWING_MEGABYTES, `an npm tarball of ${sizeOf(tarballBytes)}`, (scene) =>
      largeTarball(scene, tarballBytes),
    ),
    await onServer(problems, READING_MEGABYTES, `${versions} versions of an npm package`, (scene) =>
      manyVersions(scene, versions),
    ),
  ];
  return { lines: shown, problems };
}

const sizeOf = (bytes: number) => (bytes >= 1e9 ? `${bytes / 1e9} GB` : `${bytes / 1e6} MB`);

/** @param work returns how many seconds each of its steps took. @returns that, and how much memory, for people. */
async function onServer(
  problems: string[],
  limit: number,
  what: string,
  work: (scene: Scene) => Promise<Record<string, number>>,
): Promise<string> {
  await using server = await startServer('sqlite', { POSTERN_LOG_LEVEL: 'info' });
  using client = createClient();
  const project = await server.seed.project(await server.seed.group());
  const { secret } = await server.seed.deployToken(project, { scopes: ['write_package_registry'] });
  const packages = `${server.url}/api/v4/projects/${project.id}/packages`;
  const headers = Object.entries(basic('soak', secret)).map(([name, value]) => `${name}: ${value}`);
  const took = await work({ server, client, packages, headers, problems });
  const peak = residentMegabytes(server.pid, 'VmHWM');
  if (peak >= limit) problems.push(`${what}: the server took ${peak} MB of memory`);
  const times = Object.entries(took).map(([name, seconds]) => `${name} ${seconds.toFixed(2)} s`);
  return `${what}: ${times.join(', ')}; ${peak.toFixed(0)} MB of memory at most`;
}

async function timed<T>(work: () => Promise<T>): Promise<[seconds: number, T]> {
  const begin = performance.now();
  const done = await work();
  return [(performance.now() - begin) / 1000, done];
}

const CURL = ['curl', '--silent', '--show-error', '--fail-with-body'];

async function put({ client, headers }: Scene, url: string, file: string): Promise<number> {
  const fields = asArguments([...headers, 'Content-Type: application/json', 'Expect:']);
  const [seconds] = await timed(() => client.ok([...CURL, ...fields, '--upload-file', file, url], TIMEOUT));
  return seconds;
}

/** Fetches what is at an address, a part of it if asked for. @returns how long it took, and its digest. */
async function fetched({ client, headers }: Scene, url: string, hash: string, ...more: string[]) {
  const command = [...CURL, ...asArguments(headers), ...more, url].map((word) => `'${word}'`).join(' ');
  const [seconds, { stdout }] = await timed(() => client.ok(['sh', '-c', `${command} | ${hash}`], TIMEOUT));
  return { seconds, digest: stdout.slice(0, stdout.indexOf(' ')) };
}

async function digestOf({ client }: Scene, command: string): Promise<string> {
  const { stdout } = await client.ok(['sh', '-c', command], TIMEOUT);
  return stdout.slice(0, stdout.indexOf(' '));
}

async function largeFile(scene: Scene, bytes: number): Promise<Record<string, number>> {
  const { client, packages, problems } = scene;
  // It takes no disk space, and is as much as any other on the wire and in the store.
  await client.ok([
    'sh',
    '-c',
    `echo large > large.bin && truncate --size ${bytes} large.bin && echo end >> large.bin`,
  ]);
  const url = `${packages}/generic/large/1.0/large.bin`;
  const uploaded = await put(scene, url, 'large.bin');
  const whole = await fetched(scene, url, 'sha256sum');
  if (whole.digest !== (await digestOf(scene, 'sha256sum large.bin')))
    problems.push('the large file came back changed');
  const from = bytes - 1000;
  const end = await fetched(scene, url, 'sha256sum', '--range', `${from}-`);
  if (end.digest !== (await digestOf(scene, `tail --bytes +${from + 1} large.bin | sha256sum`)))
    problems.push('the end of the large file came back changed');
  return { PUT: uploaded, GET: whole.seconds, 'the last 1004 bytes': end.seconds };
}

async function largeTarball(scene: Scene, bytes: number): Promise<Record<string, number>> {
  const { client, packages, problems } = scene;
  const manifest = { name: 'large', version: '1.0.0' };
  const file = 'large-1.0.0.tgz';
  await client.ok(['mkdir', 'package']);
  await Bun.write(client.path('package/package.json'), JSON.stringify(manifest));
  await client.ok(['sh', '-c', `head --bytes ${bytes} /dev/urandom > package/data`], TIMEOUT);
  await client.ok(['sh', '-c', `tar --create package | gzip -1 > ${file}`], TIMEOUT);
  const document = {
    _id: 'large',
    name: 'large',
    'dist-tags': { latest: '1.0.0' },
    versions: { '1.0.0': manifest },
    _attachments: { [file]: { content_type: 'application/octet-stream', data: '@' } },
  };
  const [before, after] = JSON.stringify(document).split('@');
  const body = `{ printf %s '${before}'; base64 --wrap 0 ${file}; printf %s '${after}'; } > body.json`;
  await client.ok(['sh', '-c', body], TIMEOUT);
  const uploaded = await put(scene, `${packages}/npm/large`, 'body.json');
  const got = await fetched(scene, `${packages}/npm/large/-/${file}`, 'sha512sum');
  if (got.digest !== (await digestOf(scene, `sha512sum ${file}`))) problems.push('the large tarball came back changed');
  return { publish: uploaded, GET: got.seconds };
}

/** So many are written in one statement. */
const ROWS = 500;

/** Publishes one by the services; the others are copies of its rows: one by one they would take an hour. */
async function manyVersions(scene: Scene, count: number): Promise<Record<string, number>> {
  const { server, client, packages, headers, problems } = scene;
  const url = `${packages}/npm/many`;
  const publish = async (version: string) => {
    const manifest = { name: 'many', version, description: 'one of many', dependencies: { a: '^1.0.0' } };
    await Bun.write(client.path('body.json'), JSON.stringify(publication(manifest, await npmTarball(manifest))));
    return put(scene, url, 'body.json');
  };
  await publish('0.0.1');
  const version = await server.db.selectFrom('package_versions').selectAll().executeTakeFirstOrThrow();
  const { id: _, ...file } = await server.db.selectFrom('package_files').selectAll().executeTakeFirstOrThrow();
  for (let from = 1; from < count; from += ROWS) {
    const names = Array.from({ length: Math.min(ROWS, count - from) }, (_each, i) => `1.${from + i}.0`);
    const copies = names.map((name) => {
      const { id: _id, ...rest } = version;
      return { ...rest, version: name, metadata: version.metadata.replaceAll('0.0.1', name) };
    });
    const ids = await server.db.insertInto('package_versions').values(copies).returning(['id', 'version']).execute();
    const files = ids.map(({ id, version: name }) => ({ ...file, version_id: id, name: `many-${name}.tgz` }));
    await server.db.insertInto('package_files').values(files).execute();
  }
  const published = await publish('2.0.0');
  const look = async (what: string, accept: string) => {
    const asked = [...CURL, '--compressed', ...asArguments([...headers, `Accept: ${accept}`]), '--output', 'got.json'];
    const [seconds] = await timed(() => client.ok([...asked, url], TIMEOUT));
    const shown = JSON.parse(await Bun.file(client.path('got.json')).text()) as { versions: object };
    const versions = Object.keys(shown.versions);
    if (versions.length !== count + 1 || versions.at(-1) !== '2.0.0')
      problems.push(`the ${what} packument lists ${versions.length} versions of ${count + 1}`);
    return seconds;
  };
  const short = 'application/vnd.npm.install-v1+json';
  return {
    'publish of one more': published,
    'GET abbreviated, which makes it': await look('abbreviated', short),
    'GET abbreviated': await look('abbreviated', short),
    'GET full': await look('full', 'application/json'),
  };
}
