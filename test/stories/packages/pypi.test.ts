import { beforeAll, expect } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SetupTarget } from '../../../src/http/setup.ts';
import { pypi } from '../../../src/protocols/pypi/index.ts';
import { createClient, type TestClient } from '../../support/client.ts';
import { needsClient } from '../../support/needs-client.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import type { TestServer } from '../../support/server.ts';
import { uploadForm, type WheelOptions, wheel } from '../../support/wheel.ts';

const test = needsClient('pip3', 'twine');
const testPoetry = needsClient('poetry', 'pip3');

const ENV = {
  PIP_NO_COMPILE: '1',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  PIP_NO_INPUT: '1',
  PYTHON_KEYRING_BACKEND: 'keyring.backends.null.Keyring',
};

onOneServer('the Python package index', (started) => {
  let server: TestServer;
  let world: Awaited<ReturnType<typeof createWorld>>;
  beforeAll(async () => {
    server = await started;
    world = await createWorld(server);
  });

  type Token = { username: string; secret: string };
  /** Writes a snippet to the file that it names. */
  const paste = async (client: TestClient, title: string, token: Token) => {
    const snippet = pypi.setup(world.target(token)).find((each) => each.title === title);
    if (!snippet?.file) throw new Error(`no snippet "${title}" for a file`);
    const path = snippet.file.replace(/^~/, client.home);
    mkdirSync(dirname(path), { recursive: true });
    await Bun.write(path, `${snippet.text}\n`);
  };
  /** The command of a snippet, as pasted into a shell. */
  const shell = (title: string, token: Token = world.writer) =>
    ['sh', '-c', pypi.setup(world.target(token)).find((each) => each.title === title)?.text ?? 'false'] as const;
  const build = async (client: TestClient, name: string, version: string, options: WheelOptions = {}) => {
    const { file, bytes } = wheel(name, version, options);
    await Bun.write(client.path('dist', file), bytes);
    return file;
  };
  /** Publishes a wheel as twine does: that takes seconds to start, which stories of something else need not. */
  const publish = async (
    name: string,
    version: string,
    options: WheelOptions = {},
    made = wheel(name, version, options),
  ) => {
    const answer = await fetch(`${server.url}/api/v4/projects/${world.project.id}/packages/pypi`, {
      method: 'POST',
      headers: { 'Deploy-Token': world.writer.secret },
      body: uploadForm(name, version, made),
    });
    expect([made.file, answer.status]).toEqual([made.file, 201]);
  };
  const pip = (client: TestClient, ...words: string[]) => client.run(['python3', '-m', 'pip', ...words]);
  /** The output of the module of a package that pip installs. */
  const installed = async (client: TestClient, what: string | readonly string[], module: string) => {
    const target = client.path(crypto.randomUUID());
    const ran = await pip(client, 'install', '--target', target, ...[what].flat());
    if (ran.code !== 0) throw new Error(ran.output);
    const printed = await client.ok(['python3', '-c', `import ${module} as p; print(p.SAYS)`], {
      env: { PYTHONPATH: target },
    });
    return printed.stdout.trim();
  };
  const twine = async (client: TestClient, token: Token) => {
    await paste(client, 'twine: publish to the project', token);
    return client.run(shell('Publish with twine'));
  };

  test('twine publishes with a project token, pip installs with a token of a group two levels above, by the snippets', async () => {
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

  test('twine shows why a read-only and an expired token are refused; pip shows that they are', async () => {
    using client = createClient(ENV);
    await build(client, 'refused', '1.0.0');
    const refused = await twine(client, world.reader);
    expect([
      refused.code === 0,
      refused.output.replace(/\s+/g, ' ').includes('needs the scope write_package_registry'),
    ]).toEqual([false, true]);
    const unnamed = await twine(client, { ...world.writer, username: '__token__' });
    expect([unnamed.code === 0, unnamed.output.replace(/\s+/g, ' ')]).toEqual([
      false,
      expect.stringContaining('The user name does not belong to this deploy token'),
    ]);
    const dead = await twine(client, world.expired);
    expect([dead.code === 0, /401 Unauthorized/.test(dead.output)]).toEqual([false, true]);
    await paste(client, 'pip: install from the project', world.expired);
    const installed = await pip(client, 'install', '-vv', '--target', join(client.work, 'x'), 'refused');
    expect([installed.code === 0, /401 Client Error: Unauthorized/.test(installed.output)]).toEqual([false, true]);
  });

  test('twine gets an error for a file that exists, and with --skip-existing uploads the others', async () => {
    using client = createClient(ENV);
    await publish('repeated', '1.0.0', { says: 'first' });
    await build(client, 'repeated', '1.0.0', { says: 'second' });
    await build(client, 'repeated', '2.0.0');
    const again = await twine(client, world.writer);
    expect([again.code === 0, /already/i.test(again.output) || again.output]).toEqual([false, true]);
    const upload = ['twine', 'upload', '--non-interactive', '--skip-existing', '--repository', 'gitlab'];
    const skipped = await client.run([...upload, ...['1.0.0', '2.0.0'].map((version) => dist('repeated', version))]);
    expect([skipped.code, skipped.output.includes('Skipping repeated-1.0.0')]).toEqual([0, true]);
    await paste(client, 'pip: install from the project', world.reader);
    for (const [version, says] of [
      ['1.0.0', 'first'],
      ['2.0.0', '2.0.0'],
    ] as const)
      expect(await installed(client, `repeated==${version}`, 'repeated')).toBe(says);
  });

  test('one release under two names and two numbers: twine gets an error, pip finds it by any of them', async () => {
    using client = createClient(ENV);
    await publish('Twice.Named', '1.0', { says: 'first' });
    await paste(client, 'twine: publish to the project', world.writer);
    const { bytes } = wheel('twice-named', '1.0.0', { says: 'second' });
    const file = 'twice_named-1.0.0-py3-none-any.whl';
    await Bun.write(client.path('more', file), bytes);
    const upload = ['twine', 'upload', '--non-interactive', '--verbose', '--repository', 'gitlab'];
    const again = await client.run([...upload, `more/${file}`]);
    expect([again.code === 0, again.output]).toEqual([false, expect.stringMatching(/already\s+been taken/)]);
    await publish('twice-named', '1.0.0', {}, { file: 'twice_named-1.0.0-2-py3-none-any.whl', bytes });
    await paste(client, 'pip: install from the project', world.reader);
    // Of two files of one version, pip prefers the one with the higher build. Each spelling must lead to it.
    const names = ['twice-named', 'Twice_Named==1.0', 'TWICE.named==1.0.0', 'twice-named==1'];
    expect(await installed(client, names, 'twice_named')).toBe('second');
  });

  test('pip skips a yanked version, installs it with ==, and installs it again after the yank is undone', async () => {
    using client = createClient(ENV);
    for (const version of ['0.9.0', '1.0.0']) await publish('my-package', version);
    await paste(client, 'pip: install from the group', world.reader);
    const yank = shell(YANK);
    await client.ok(yank);
    expect(await installed(client, 'my-package', 'my_package')).toBe('0.9.0');
    const asked = await pip(client, 'install', '--target', client.path('asked'), 'my-package==1.0.0');
    expect([asked.code, asked.output.replace(/\s+/g, ' ').includes('what is wrong with it')]).toEqual([0, true]);
    const refused = await client.run(shell(YANK, world.reader));
    expect([refused.code === 0, refused.output.includes('write_package_registry')]).toEqual([false, true]);
    await client.ok(['sh', '-c', yank[2].replace('--request PUT', '--request DELETE')]);
    expect(await installed(client, 'my-package', 'my_package')).toBe('1.0.0');
  });

  testPoetry(
    'poetry publishes as pasted, and installs what it published with a token of a group two levels above',
    async () => {
      using client = createClient({ ...ENV, POETRY_VIRTUALENVS_IN_PROJECT: 'true' });
      await poetryProject(client, 'made-with-poetry');
      await Bun.write(client.path('made_with_poetry.py'), 'SAYS = "from poetry"\n');
      const published = await client.run(shell('Poetry: publish to the project'));
      expect([published.code, published.output]).toEqual([0, expect.stringContaining('Uploading')]);
      // It reads the index before it builds.
      await client.ok(['rm', '-r', 'dist']);
      const refused = await client.run(shell('Poetry: publish to the project', world.reader));
      expect([refused.code === 0, /HTTP Error 403/.test(refused.output) || refused.output]).toEqual([false, true]);

      using other = createClient({ ...ENV, POETRY_VIRTUALENVS_IN_PROJECT: 'true' });
      await poetryProject(other, 'user');
      const install = (token: Token) => {
        const [sh, flag, text] = shell('Poetry: install', token);
        return other.run([sh, flag, text.replace('my-package', 'made-with-poetry')], { timeoutSeconds: 120 });
      };
      for (const token of [world.expired, { ...world.reader, username: '__token__' }]) {
        const dead = await install(token);
        expect([dead.code === 0, dead.output]).toEqual([false, expect.stringMatching(/401|[Aa]uthoriz/)]);
      }
      const added = await install(world.reader);
      expect([added.code, added.output]).toEqual([0, expect.stringContaining('made-with-poetry (1.0.0)')]);
      const ran = await other.ok(['poetry', 'run', 'python', '-c', 'import made_with_poetry as p; print(p.SAYS)']);
      expect(ran.stdout.trim()).toBe('from poetry');
      expect(await Bun.file(other.path('poetry.lock')).text()).toMatch(/sha256:[0-9a-f]{64}/);
    },
  );
});

const YANK = 'Yank a version: it is installed only where its number is asked for; --request DELETE takes that back';

const dist = (name: string, version: string) => `dist/${wheel(name, version).file}`;

/** A project with one module in the working folder. */
const poetryProject = (client: TestClient, name: string) =>
  Bun.write(
    client.path('pyproject.toml'),
    [
      '[tool.poetry]',
      `name = "${name}"`,
      'version = "1.0.0"',
      'description = "made by a test"',
      'authors = []',
      '[tool.poetry.dependencies]',
      'python = "^3.8"',
      '[build-system]',
      'requires = ["poetry-core"]',
      'build-backend = "poetry.core.masonry.api"',
      '',
    ].join('\n'),
  );

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
