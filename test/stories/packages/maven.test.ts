import { afterAll, beforeAll, expect } from 'bun:test';
import { maven as room } from '../../../src/protocols/maven/index.ts';
import { createClient } from '../../support/client.ts';
import { onEachEngine } from '../../support/engines.ts';
import { createMaven } from '../../support/maven.ts';
import { needsClient } from '../../support/needs-client.ts';
import { startServer, type TestServer } from '../../support/server.ts';

const test = needsClient('mvn');

onEachEngine('the Maven registry', (engine) => {
  let server: TestServer;
  let world: Awaited<ReturnType<typeof createWorld>>;
  beforeAll(async () => {
    server = await startServer(engine);
    world = await createWorld(server);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const snippet = (title: string, token: { username: string; secret: string }) => {
    const found = room.setup(world.target(token)).find((each) => each.title === title);
    if (!found) throw new Error(`no snippet ${title}`);
    return found.text;
  };
  const byHeader = 'Maven: sign in';
  const byPassword = 'Maven: sign in with a user name and password';

  test('mvn: a project token deploys, a token of a group two levels above resolves from the group', async () => {
    using client = createClient();
    await Bun.write(client.path('lib.jar'), 'the first');
    const writer = await createMaven(client, snippet(byHeader, world.writer));
    const deployed = await writer.deploy(world.project, 'com.example:lib:1.0', client.path('lib.jar'));
    expect(deployed).toMatchObject({ code: 0 });
    const reader = await createMaven(client, snippet(byPassword, world.reader));
    const got = await reader.get(world.group, 'com.example:lib:1.0');
    expect(got).toMatchObject({ code: 0 });
    expect(await reader.local('com/example/lib/1.0/lib-1.0.jar').text()).toBe('the first');
  });
});

async function createWorld(server: TestServer) {
  const root = await server.seed.group();
  const group = await server.seed.group(await server.seed.group(root));
  const project = await server.seed.project(group);
  const write = { scopes: ['write_package_registry'] };
  return {
    project: `${server.url}/api/v4/projects/${project.id}/packages/maven`,
    group: `${server.url}/api/v4/groups/${group.id}/-/packages/maven`,
    target: ({ username, secret }: { username: string; secret: string }) => ({
      ...{ base: server.url, projectId: project.id, groupId: group.id },
      ...{ username, token: secret },
    }),
    writer: await server.seed.deployToken(project, write),
    reader: await server.seed.deployToken(root, { scopes: ['read_package_registry'] }),
    expired: await server.seed.deployToken(root, { ...write, expiresAt: '2026-01-01' }),
  };
}
