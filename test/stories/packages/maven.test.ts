import { beforeAll, expect } from 'bun:test';
import { createClient } from '../../support/client.ts';
import { createMaven, pom } from '../../support/maven.ts';
import { createMavenWorld } from '../../support/maven-world.ts';
import { needsClient } from '../../support/needs-client.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import type { TestServer } from '../../support/server.ts';

const test = needsClient('mvn');
const byHeader = 'Maven: sign in';
const byPassword = 'Maven: sign in with a user name and password';

onOneServer('the Maven registry', (started) => {
  let server: TestServer;
  let world: Awaited<ReturnType<typeof createMavenWorld>>;
  beforeAll(async () => {
    server = await started;
    world = await createMavenWorld(server);
  });

  test('mvn: a project token deploys, a token of a group two levels above resolves from the group', async () => {
    using client = createClient();
    await Bun.write(client.path('lib.jar'), 'the first');
    const writer = await createMaven(client, world.snippet(byHeader, world.writer));
    const deployed = await writer.deploy(world.project, 'com.example:lib:1.0', client.path('lib.jar'));
    expect(deployed).toMatchObject({ code: 0 });
    const reader = await createMaven(client, world.snippet(byPassword, world.reader));
    const got = await reader.get(world.group, 'com.example:lib:1.0');
    expect(got).toMatchObject({ code: 0 });
    expect(await reader.local('com/example/lib/1.0/lib-1.0.jar').text()).toBe('the first');
  });

  test('mvn: a project with the snippets in its pom.xml deploys itself and resolves its dependencies', async () => {
    using client = createClient();
    const [repositories, shell] = ['where to resolve from and deploy to', 'deploy, or fetch one artifact'].map(
      (title) => world.snippet(`Maven: ${title}`, world.builder),
    );
    for (const [artifact, dependency] of [
      ['base', null],
      ['app', 'base'],
    ] as const) {
      const maven = await createMaven(client, world.snippet(byPassword, world.builder));
      await Bun.write(`${maven.folder}/pom.xml`, pom(`com.example:${artifact}:1.0`, dependency, repositories ?? ''));
      const [deploy = ''] = (shell ?? '').split('\n');
      const deployed = await maven.shell(deploy);
      expect([artifact, deployed.code, deployed.output]).toEqual([artifact, 0, expect.not.stringContaining('ERROR')]);
    }
    const text = await world.read('com/example/app/maven-metadata.xml');
    expect(text).toContain('<release>1.0</release>');
  }, 180_000);

  test('mvn: resolves the later of two builds of a snapshot', async () => {
    using client = createClient();
    const writer = await createMaven(client, world.snippet(byHeader, world.writer));
    const reader = await createMaven(client, world.snippet(byHeader, world.reader));
    for (const content of ['build one', 'build two']) {
      await Bun.write(client.path('snap.jar'), content);
      const deployed = await writer.deploy(world.project, 'com.example:snap:1.0-SNAPSHOT', client.path('snap.jar'));
      expect(deployed).toMatchObject({ code: 0 });
      const got = await reader.get(world.group, 'com.example:snap:1.0-SNAPSHOT', ['-U']);
      expect(got).toMatchObject({ code: 0 });
      expect(await reader.local('com/example/snap/1.0-SNAPSHOT/snap-1.0-SNAPSHOT.jar').text()).toBe(content);
    }
    const text = await world.read('com/example/snap/1.0-SNAPSHOT/maven-metadata.xml');
    expect(text).toContain('<buildNumber>2</buildNumber>');
    // Maven looks for the newest build of this one too.
    const alone = 'com.example:alone:SNAPSHOT';
    expect(await writer.deploy(world.project, alone, client.path('snap.jar'))).toMatchObject({ code: 0 });
    expect(await reader.get(world.group, alone)).toMatchObject({ code: 0 });
  }, 180_000);

  test('mvn: shows why a read-only token, an expired one, and other bytes of a release are refused', async () => {
    using client = createClient();
    await Bun.write(client.path('lib.jar'), 'bytes');
    const deploy = async (token: { username: string; secret: string }, title = byHeader) =>
      (await createMaven(client, world.snippet(title, token))).deploy(
        world.project,
        'com.example:refused:1.0',
        client.path('lib.jar'),
      );
    const readOnly = await deploy(world.reader);
    expect([readOnly.code, readOnly.output]).toEqual([1, expect.stringMatching(/status: 403 Forbidden/)]);
    const expired = await deploy(world.expired, byPassword);
    expect([expired.code, expired.output]).toEqual([1, expect.stringMatching(/status: 401 Unauthorized/)]);
    expect((await deploy(world.writer)).code).toBe(0);
    // A pipeline that runs again sends the same bytes, which changes nothing.
    expect((await deploy(world.writer)).code).toBe(0);
    await Bun.write(client.path('lib.jar'), 'other bytes');
    const again = await deploy(world.writer);
    expect([again.code, again.output]).toEqual([1, expect.stringMatching(/status: 400 Bad Request/)]);
    const reader = await createMaven(client, world.snippet(byHeader, world.expired));
    const got = await reader.get(world.group, 'com.example:refused:1.0');
    expect([got.code, got.output]).toEqual([1, expect.stringMatching(/status: 401 Unauthorized/)]);
  }, 180_000);
});
