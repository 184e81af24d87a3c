import { afterAll, beforeAll, expect } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SetupTarget } from '../../../src/http/setup.ts';
import { pypi } from '../../../src/protocols/pypi/index.ts';
import { createClient, type TestClient } from '../../support/client.ts';
import { onEachEngine } from '../../support/engines.ts';
import { needsClient } from '../../support/needs-client.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { type WheelOptions, wheel } from '../../support/wheel.ts';

const test = needsClient('pip3', 'twine');

const ENV = {
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  PIP_NO_INPUT: '1',
  PYTHON_KEYRING_BACKEND: 'keyring.backends.null.Keyring',
};

onEachEngine('the Python package index', (engine) => {
  let server: TestServer;
  let world: Awaited<ReturnType<typeof createWorld>>;
  beforeAll(async () => {
    server = await startServer(engine);
    world = await createWorld(server);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  type Token = { username: string; secret: string };
  /** Puts a snippet where it says that it goes. */
  const paste = async (client: TestClient, title: string, token: Token) => {
    const snippet = pypi.setup(world.target(token)).find((each) => each.title === title);
    if (!snippet?.file) throw new Error(`no snippet "${title}" for a file`);
    const path = snippet.file.replace(/^~/, client.home);
    mkdirSync(dirname(path), { recursive: true });
    await Bun.write(path, `${snippet.text}\n`);
  };
  /** The command of a snippet, as it is pasted into a shell. */
  const shell = (title: string, token: Token = world.writer) =>
    ['sh', '-c', pypi.setup(world.target(token)).find((each) => each.title === title)?.text ?? 'false'] as const;
  const build = async (client: TestClient, name: string, version: string, options: WheelOptions = {}) => {
    const { file, bytes } = wheel(name, version, options);
    await Bun.write(client.path('dist', file), bytes);
    return file;
  };
  const pip = (client: TestClient, ...words: string[]) => client.run(['python3', '-m', 'pip', ...words]);
  const twine = async (client: TestClient, token: Token) => {
    await paste(client, 'twine: publish to the project', token);
    return client.run(shell('Publish with twine'));
  };

  test('twine publishes with a project token, pip installs with one of a group two levels above: as pasted', async () => {
    using client = createClient(ENV);
    await build(client, 'My_First.Package', '1.0.0', { says: 'hello' });
    const published = await twine(client, world.writer);
    expect([published.code, published.output.includes('201 Created')]).toEqual([0, true]);
    for (const from of ['the project', 'the group']) {
      await paste(client, `pip: install from ${from}`, world.reader);
      const target = client.path(from.replace(' ', '-'));
      const installed = await pip(client, 'install', '--target', target, 'my-first-package');
      expect([installed.code, installed.output.includes('Successfully installed')]).toEqual([0, true]);
      const { stdout } = await client.ok(['python3', '-c', 'import my_first_package as p; print(p.SAYS)'], {
        env: { PYTHONPATH: target },
      });
      expect(stdout.trim()).toBe('hello');
    }
  });

  test('twine shows why a read-only token is refused, and an expired one; pip that it was', async () => {
    using client = createClient(ENV);
    await build(client, 'refused', '1.0.0');
    const refused = await twine(client, world.reader);
    expect([
      refused.code === 0,
      refused.output.replace(/\s+/g, ' ').includes('needs the scope write_package_registry'),
    ]).toEqual([false, true]);
    const dead = await twine(client, world.expired);
    expect([dead.code === 0, /401 Unauthorized/.test(dead.output)]).toEqual([false, true]);
    await paste(client, 'pip: install from the project', world.expired);
    const installed = await pip(client, 'install', '-vv', '--target', join(client.work, 'x'), 'refused');
    expect([installed.code === 0, /401 Client Error: Unauthorized/.test(installed.output)]).toEqual([false, true]);
  });
});

async function createWorld(server: TestServer) {
  const root = await server.seed.group();
  const group = await server.seed.group(await server.seed.group(root));
  const project = await server.seed.project(group);
  const write = { scopes: ['write_package_registry'] };
  return {
    project,
    target: ({ secret, username }: { secret: string; username: string }): SetupTarget => ({
      base: server.url,
      projectId: project.id,
      groupId: group.id,
      username,
      token: secret,
    }),
    writer: await server.seed.deployToken(project, write),
    reader: await server.seed.deployToken(root, { scopes: ['read_package_registry'] }),
    expired: await server.seed.deployToken(root, { ...write, expiresAt: '2026-01-01' }),
  };
}
