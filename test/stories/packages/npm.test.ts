import { beforeAll, expect } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SetupTarget } from '../../../src/http/setup.ts';
import { npm } from '../../../src/protocols/npm/index.ts';
import { createClient, type TestClient } from '../../support/client.ts';
import { needsClient } from '../../support/needs-client.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import type { TestServer } from '../../support/server.ts';
import { ROOT } from '../../support/source-tree.ts';

const test = needsClient('npm', 'node');
const MODULES = join(ROOT, 'node_modules');
const [classic, berry] = ['yarn-classic', '@yarnpkg/cli-dist'].map((name) => join(MODULES, name, 'bin/yarn.js'));

interface Client {
  name: string;
  /** Runs before publishing. */
  prepare?: string[];
  publish: string[];
  install(name: string): string[];
  /** The snippets to publish and to install. */
  snippets: { publish: string; install: string };
  /** Its message for an expired token. */
  dead: RegExp;
  /** More settings for this machine, appended to the snippet. */
  extra?: string;
}

const NPMRC = {
  publish: 'npm, pnpm and classic Yarn: publish and install from the project',
  install: 'npm and pnpm: install from all projects of the group',
};

const CLIENTS: Client[] = [
  {
    name: 'npm',
    publish: ['npm', 'publish'],
    install: (name) => ['npm', 'install', name],
    snippets: NPMRC,
    dead: /your authentication token seems to be invalid/,
  },
  {
    name: 'pnpm',
    publish: [join(MODULES, '.bin/pnpm'), 'publish', '--no-git-checks'],
    install: (name) => [join(MODULES, '.bin/pnpm'), 'add', name],
    snippets: NPMRC,
    dead: /Unauthorized - 401/,
  },
  {
    name: 'yarn-classic',
    publish: ['node', classic ?? '', 'publish', '--non-interactive', '--new-version', '1.0.0'],
    install: (name) => ['node', classic ?? '', 'add', name],
    snippets: { ...NPMRC, install: 'Classic Yarn: install from all projects of the group' },
    dead: /The user name, password or token is wrong, or the token is expired or revoked/,
  },
  {
    name: 'yarn-berry',
    prepare: ['node', berry ?? '', 'install'],
    publish: ['node', berry ?? '', 'npm', 'publish'],
    install: (name) => ['node', berry ?? '', 'add', name],
    snippets: { publish: 'Yarn 2 and later', install: 'Yarn 2 and later: install from all projects of the group' },
    dead: /Invalid authentication/,
    // A package of this minute: Yarn must be allowed to install it.
    extra: 'npmPreapprovedPackages: ["@scope/*"]\nnodeLinker: node-modules\n',
  },
  {
    name: 'bun',
    publish: [process.execPath, 'publish'],
    install: (name) => [process.execPath, 'add', name],
    snippets: { publish: 'Bun', install: 'Bun: install from all projects of the group' },
    dead: /- 401/,
  },
];

const ENV = {
  npm_config_globalconfig: '/dev/null',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
  YARN_ENABLE_TELEMETRY: '0',
  YARN_ENABLE_GLOBAL_CACHE: 'false',
};

onOneServer('the npm registry', (started) => {
  let server: TestServer;
  let world: Awaited<ReturnType<typeof createWorld>>;
  beforeAll(async () => {
    server = await started;
    world = await createWorld(server);
  });

  const folder = async (client: TestClient, of: Client, kind: 'publish' | 'install', token: { secret: string }) => {
    const path = client.path(crypto.randomUUID());
    mkdirSync(path);
    const snippet = npm.setup(world.target(token)).find(({ title }) => title === of.snippets[kind]);
    await Bun.write(join(path, snippet?.file ?? ''), `${snippet?.text}\n${of.extra ?? ''}`);
    if (of.name === 'yarn-berry') await Bun.write(join(path, 'yarn.lock'), '');
    return path;
  };
  const library = async (path: string, name: string, version = '1.0.0') => {
    await Bun.write(join(path, 'package.json'), JSON.stringify({ name, version, license: 'MIT', main: 'index.js' }));
    await Bun.write(join(path, 'index.js'), `module.exports = '${name}';\n`);
  };
  const application = (path: string) =>
    Bun.write(join(path, 'package.json'), JSON.stringify({ name: 'application', version: '1.0.0', private: true }));

  for (const of of CLIENTS) {
    test(`${of.name}: a project token publishes, a token of a group two levels above installs from the group and from the project`, async () => {
      using client = createClient(ENV);
      const name = `@scope/${of.name}-lib`;
      const source = await folder(client, of, 'publish', world.writer);
      await library(source, name);
      if (of.prepare) await client.ok(of.prepare, { cwd: source });
      await client.ok(of.publish, { cwd: source });
      for (const from of ['install', 'publish'] as const) {
        const target = await folder(client, of, from, world.reader);
        await application(target);
        await client.ok(of.install(name), { cwd: target });
        const { stdout } = await client.ok(['node', '-p', `require('${name}')`], { cwd: target });
        expect([from, stdout.trim()]).toEqual([from, name]);
      }
    });

    test(`${of.name}: shows why a read-only token, and an expired one, is refused`, async () => {
      using client = createClient(ENV);
      const source = await folder(client, of, 'publish', world.reader);
      await library(source, `@scope/${of.name}-refused`);
      if (of.prepare) await client.ok(of.prepare, { cwd: source });
      const refused = await client.run(of.publish, { cwd: source });
      expect(refused.code).not.toBe(0);
      expect(refused.output).toContain('needs the scope write_package_registry');
      const target = await folder(client, of, 'install', world.expired);
      await application(target);
      const dead = await client.run(of.install(`@scope/${of.name}-lib`), { cwd: target });
      expect([dead.code === 0, dead.output]).toEqual([false, expect.stringMatching(of.dead)]);
    });
  }

  test('npm: versions, tags, deprecation, unpublishing, whoami, ping, search and audit', async () => {
    using client = createClient(ENV);
    const [of] = CLIENTS;
    if (!of) throw new Error('no client');
    const source = await folder(client, of, 'publish', world.writer);
    const run = (...words: string[]) => client.ok(['npm', ...words], { cwd: source });
    const name = '@scope/life';
    for (const version of ['1.0.0', '1.1.0']) {
      await library(source, name, version);
      await run('publish');
    }
    const again = await client.run(['npm', 'publish'], { cwd: source });
    expect([again.code === 0, /previously published|already exists/.test(again.output)]).toEqual([false, true]);
    await run('dist-tag', 'add', `${name}@1.0.0`, 'stable');
    expect((await run('dist-tag', 'ls', name)).stdout).toBe('latest: 1.1.0\nstable: 1.0.0\n');
    await run('deprecate', `${name}@1.0.0`, 'too old');
    expect((await run('view', `${name}@1.0.0`, 'deprecated')).stdout).toBe('too old\n');
    expect((await run('whoami', '--registry', world.registry)).stdout.trim()).toBe(world.writer.username);
    await run('ping', '--registry', world.registry);
    const found = await run('search', 'life', '--registry', world.registry, '--parseable');
    expect(found.stdout).toMatch(/^@scope\/life\t\d{4}-\d\d-\d\d\t1\.1\.0\s*$/);
    const shown = await run('search', 'life', '--registry', world.registry);
    expect(shown.stdout).toContain(`by ${world.writer.username}`);
    const star = await client.run(['npm', 'star', name, '--registry', world.registry], { cwd: source });
    expect([star.code === 0, star.output]).toEqual([false, expect.stringContaining('This registry has no stars.')]);
    const target = await folder(client, of, 'install', world.reader);
    await application(target);
    await client.ok(of.install(name), { cwd: target });
    const audit = await client.ok(['npm', 'audit', '--registry', world.registry], { cwd: target });
    expect(audit.stdout).toBe('found 0 vulnerabilities\n');
    await run('dist-tag', 'rm', name, 'stable');
    await run('unpublish', `${name}@1.1.0`);
    expect((await run('view', name, 'versions', '--json')).stdout.trim()).toBe('[\n  "1.0.0"\n]');
    await run('unpublish', name, '--force');
    expect((await client.run(['npm', 'view', name], { cwd: source })).output).toContain('E404');
  });

  test('npm: a project token in a private group installs from its group and by scope, and finds no other project', async () => {
    const { seed, url } = server;
    const top = await seed.group();
    const group = await seed.group(top);
    const mine = await seed.project(group);
    const other = await seed.project(group);
    const name = `@${top.path}/mine`;
    const hidden = `@${top.path}/theirs`;
    const readers = [];
    for (const [project, published] of [
      [mine, name],
      [other, hidden],
    ] as const) {
      using client = createClient(ENV);
      const { secret } = await seed.deployToken(project, { scopes: ['write_package_registry'] });
      const registry = `${url}/api/v4/projects/${project.id}/packages/npm/`;
      await Bun.write(client.path('.npmrc'), npmrc(registry, secret, top.path));
      await library(client.work, published);
      await client.ok(['npm', 'publish']);
      readers.push(await seed.deployToken(project, { scopes: ['read_package_registry'] }));
    }
    const [reader, neighbour] = readers;
    const addresses = [
      `groups/${top.id}/-/packages/npm/`,
      `groups/${encodeURIComponent(group.full_path)}/-/packages/npm/`,
      'packages/npm/',
    ];
    for (const path of addresses) {
      const install = async (secret: string | undefined, wanted: string) => {
        using client = createClient(ENV);
        const signIn = npmrc(`${url}/api/v4/${path}`, secret ?? '', top.path);
        const projects = `${url.replace(/^http:/, '')}/api/v4/projects/:_authToken=${secret}\n`;
        await Bun.write(client.path('.npmrc'), `${signIn}${projects}`);
        await application(client.work);
        const ran = await client.run(['npm', 'install', wanted]);
        const there = await Bun.file(client.path('node_modules', wanted, 'package.json')).exists();
        return { path, code: ran.code, there, output: ran.output };
      };
      expect(await install(reader?.secret, name)).toMatchObject({ path, code: 0, there: true });
      expect(await install(neighbour?.secret, hidden)).toMatchObject({ path, code: 0, there: true });
      const refused = await install(reader?.secret, hidden);
      expect(refused).toMatchObject({ path, there: false, output: expect.stringContaining('E404') });
      const dead = await install(world.expired.secret, name);
      expect(dead).toMatchObject({ path, there: false, output: expect.stringContaining('E401') });
    }
  });

  test('npm: by name alone, the scope is the topmost group; tags are set there and through a group', async () => {
    const { seed } = server;
    const scope = await seed.group(null, { path: 'scope' });
    const group = await seed.group(scope);
    const project = await seed.project(group);
    const later = await seed.project(group);
    const tokenOf = async (at: typeof project, is: 'read' | 'write') =>
      (await seed.deployToken(at, { scopes: [`${is}_package_registry`] })).secret;
    const writer = await tokenOf(project, 'write');
    const reader = await tokenOf(project, 'read');
    const snippets = (projectId: number, token: string) =>
      npm.setup({ base: server.url, projectId, groupId: group.id, username: '', token });
    const snippet = (title: string, projectId: number, token: string) =>
      snippets(projectId, token).find((each) => each.title.startsWith(title))?.text ?? '';
    const publish = async (projectId: number, token: string, version: string) => {
      using client = createClient(ENV);
      await Bun.write(client.path('.npmrc'), snippet('npm, pnpm and classic Yarn', projectId, token));
      await library(client.work, '@scope/package', version);
      await client.ok(['npm', 'publish']);
    };
    await publish(project.id, writer, '1.0.0');
    await publish(later.id, await tokenOf(later, 'write'), '2.0.0');

    const everywhere = 'npm and pnpm: install from the whole server';
    for (const [i, command] of [
      ['npm', 'install'],
      [join(MODULES, '.bin/pnpm'), 'add'],
    ].entries()) {
      using client = createClient(ENV);
      await Bun.write(client.path('.npmrc'), snippet(everywhere, project.id, reader));
      await application(client.work);
      await client.ok([...command, '@scope/package']);
      const { stdout } = await client.ok(['node', '-p', "require('@scope/package/package.json').version"]);
      // The token may not read the other project.
      expect([i, stdout.trim()]).toEqual([i, '1.0.0']);
    }
    for (const title of [everywhere, 'npm and pnpm: install from all projects of the group']) {
      using client = createClient(ENV);
      await Bun.write(client.path('.npmrc'), snippet(title, project.id, writer));
      const [, add = '', remove = ''] = snippet('Set a tag', project.id, writer).split('\n');
      const tags = async () => (await client.ok(['npm', 'dist-tag', 'ls', '@scope/package'])).stdout;
      await client.ok(['sh', '-c', add]);
      expect([title, await tags()]).toEqual([title, 'latest: 1.0.0\nnext: 1.0.0\n']);
      await client.ok(['sh', '-c', remove]);
      expect([title, await tags()]).toEqual([title, 'latest: 1.0.0\n']);
      await Bun.write(client.path('.npmrc'), snippet(title, project.id, reader));
      const refused = await client.run(['sh', '-c', add]);
      expect([refused.code === 0, refused.output]).toEqual([false, expect.stringContaining('write_package_registry')]);
    }
  });

  test('npm: a tarball of 150 MB is streamed, not held in memory', async () => {
    using client = createClient(ENV);
    const [of] = CLIENTS;
    if (!of) throw new Error('no client');
    const source = await folder(client, of, 'publish', world.writer);
    await library(source, '@scope/large');
    await client.ok(['sh', '-c', 'head -c 150000000 /dev/urandom > blob.bin'], { cwd: source });
    const before = await peakBytes(server.pid);
    await client.ok(['npm', 'publish'], { cwd: source, timeoutSeconds: 120 });
    // The body is 200 MB of base64.
    const grown = (await peakBytes(server.pid)) - before;
    expect(grown).toBeLessThan(180_000_000);
    const target = await folder(client, of, 'install', world.reader);
    await application(target);
    await client.ok(of.install('@scope/large'), { cwd: target, timeoutSeconds: 120 });
    await client.ok(['cmp', join(source, 'blob.bin'), join(target, 'node_modules/@scope/large/blob.bin')]);
  });
});

const npmrc = (registry: string, secret: string, scope: string) =>
  `@${scope}:registry=${registry}\n${registry.replace(/^http:/, '')}:_authToken=${secret}\n`;

async function createWorld(server: TestServer) {
  const root = await server.seed.group();
  const group = await server.seed.group(await server.seed.group(root));
  const project = await server.seed.project(group);
  const write = { scopes: ['write_package_registry'] };
  return {
    registry: `${server.url}/api/v4/projects/${project.id}/packages/npm/`,
    target: ({ secret }: { secret: string }): SetupTarget => ({
      base: server.url,
      projectId: project.id,
      groupId: group.id,
      username: '',
      token: secret,
    }),
    writer: await server.seed.deployToken(project, write),
    reader: await server.seed.deployToken(root, { scopes: ['read_package_registry'] }),
    expired: await server.seed.deployToken(root, { ...write, expiresAt: '2026-01-01' }),
  };
}

/** The peak memory of a process. */
async function peakBytes(pid: number): Promise<number> {
  const status = await Bun.file(`/proc/${pid}/status`).text();
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]);
}
