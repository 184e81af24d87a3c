/** Gradle as Debian has it resolves, and cannot publish: what a newer one sends to publish is played here with curl. */
import { expect } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { createClient } from '../../support/client.ts';
import { onEachEngine } from '../../support/engines.ts';
import { createMavenWorld } from '../../support/maven-world.ts';
import { needsClient } from '../../support/needs-client.ts';
import { startServer } from '../../support/server.ts';

const test = needsClient('gradle', 'curl');
const RESOLVE = 'Gradle: resolve with a user name and password';
const DIGESTS = ['md5', 'sha1', 'sha256', 'sha512'] as const;

const build = (repositories: string) => `${repositories}
configurations { wanted }
dependencies { wanted 'com.example:played:1.0' }
task fetch(type: Copy) { from configurations.wanted; into 'out' }
`;

onEachEngine('Gradle and the Maven registry', (engine) => {
  test('resolves from the group what was published, by the snippet; an expired token is refused, and it says so', async () => {
    await using server = await startServer(engine);
    const world = await createMavenWorld(server);
    using client = createClient();
    const put = async (path: string, content: string) => {
      await Bun.write(client.path('body'), content);
      const header = `Deploy-Token: ${world.writer.secret}`;
      const curl = ['curl', '--fail-with-body', '-sS', '-H', header, '-T', client.path('body')];
      await client.ok([...curl, `${world.project}/com/example/played/${path}`]);
    };
    const pom =
      '<project><modelVersion>4.0.0</modelVersion><groupId>com.example</groupId><artifactId>played</artifactId><version>1.0</version></project>';
    const module = JSON.stringify({ formatVersion: '1.1', component: { group: 'com.example', module: 'played' } });
    for (const [ending, content] of [
      ['jar', 'a jar'],
      ['pom', pom],
      ['module', module],
    ] as const) {
      await put(`1.0/played-1.0.${ending}`, content);
      for (const digest of DIGESTS) {
        const sum = new Bun.CryptoHasher(digest).update(content).digest('hex');
        await put(`1.0/played-1.0.${ending}.${digest}`, sum);
      }
    }
    expect(await world.read('com/example/played/1.0/played-1.0.module')).toBe(module);

    const gradle = async (token: { username: string; secret: string }) => {
      const cwd = client.path(crypto.randomUUID());
      mkdirSync(cwd);
      await Bun.write(`${cwd}/build.gradle`, build(world.snippet(RESOLVE, token)));
      await Bun.write(`${cwd}/settings.gradle`, "rootProject.name = 'application'\n");
      const env = { GRADLE_USER_HOME: `${cwd}/gradle` };
      const ran = await client.run(['gradle', '--no-daemon', '-q', 'fetch'], { cwd, env, timeoutSeconds: 180 });
      return { ...ran, file: Bun.file(`${cwd}/out/played-1.0.jar`) };
    };
    const resolved = await gradle(world.reader);
    expect([resolved.output, resolved.code]).toEqual([expect.any(String), 0]);
    expect(await resolved.file.text()).toBe('a jar');
    const refused = await gradle(world.expired);
    expect([refused.code, refused.output]).toEqual([1, expect.stringMatching(/status code 401/)]);
  }, 300_000);
});
