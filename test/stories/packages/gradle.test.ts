/** The Gradle of Debian resolves and cannot publish: curl sends the requests of a newer one. */
import { expect } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { createClient, type TestClient } from '../../support/client.ts';
import { onOneEngine } from '../../support/engines.ts';
import { createMavenWorld } from '../../support/maven-world.ts';
import { needsClient } from '../../support/needs-client.ts';
import { startServer } from '../../support/server.ts';

const test = needsClient('gradle', 'curl');
const RESOLVE = 'Gradle: resolve with a user name and password';
const DIGESTS = ['md5', 'sha1', 'sha256', 'sha512'] as const;
const ROOT = 'com/example/played';

type World = Awaited<ReturnType<typeof createMavenWorld>>;
type Token = World['writer'];

const build = (repositories: string) => `${repositories}
configurations { wanted }
dependencies { wanted 'com.example:played:1.0', 'com.example:played-next:2.0-SNAPSHOT' }
task fetch(type: Copy) { from configurations.wanted; into 'out' }
`;

onOneEngine('Gradle and the Maven registry', (engine) => {
  test('resolves a published version from the group with the snippet, and shows that an expired token is refused', async () => {
    await using server = await startServer(engine);
    const world = await createMavenWorld(server);
    using client = createClient();
    const publisher = playGradle(client, world, world.writer);
    await publisher.publish('played', '1.0', '1.0');
    await publisher.publish('played-next', '2.0-SNAPSHOT', '2.0-20260101.101010-1');
    expect(await world.read(`${ROOT}/1.0/played-1.0.module`)).toContain('"formatVersion":"1.1"');
    expect(await world.read(`${ROOT}/maven-metadata.xml`)).toContain('<release>1.0</release>');
    const snapshots = await world.read(`${ROOT}-next/2.0-SNAPSHOT/maven-metadata.xml`);
    expect(snapshots).toContain('<value>2.0-20260101.101010-1</value>');
    const refused = await playGradle(client, world, world.reader).put('/later/1.0/later-1.0.jar', 'a jar');
    expect([refused.code, refused.stdout]).toEqual([22, expect.stringContaining('scope write_package_registry')]);
    const again = await publisher.put('/1.0/played-1.0.jar', 'another jar');
    expect([again.code, again.stdout]).toEqual([22, expect.stringContaining('Duplicate package is not allowed')]);

    const gradle = async (token: Token) => {
      const cwd = client.path(crypto.randomUUID());
      mkdirSync(cwd);
      await Bun.write(`${cwd}/build.gradle`, build(world.snippet(RESOLVE, token)));
      await Bun.write(`${cwd}/settings.gradle`, "rootProject.name = 'application'\n");
      const env = { GRADLE_USER_HOME: `${cwd}/gradle` };
      const ran = await client.run(['gradle', '--no-daemon', '-q', 'fetch'], { cwd, env, timeoutSeconds: 180 });
      return { ...ran, file: (name: string) => Bun.file(`${cwd}/out/${name}`).text() };
    };
    const resolved = await gradle(world.reader);
    expect([resolved.output, resolved.code]).toEqual([expect.any(String), 0]);
    expect(await resolved.file('played-1.0.jar')).toBe('jar of played 1.0');
    expect(await resolved.file('played-next-2.0-SNAPSHOT.jar')).toBe('jar of played-next 2.0-SNAPSHOT');
    const dead = await gradle(world.expired);
    expect([dead.code, dead.output]).toEqual([1, expect.stringMatching(/status code 401/)]);
  }, 300_000);
});

/** Sends the requests of `maven-publish` in Gradle 8, one after another, with the credentials of the snippet. */
function playGradle(client: TestClient, { project }: World, token: Token) {
  const curl = (...words: string[]) =>
    client.run(['curl', '--fail-with-body', '-sS', '-H', `Deploy-Token: ${token.secret}`, ...words]);
  const put = async (path: string, content: string) => {
    await Bun.write(client.path('body'), content);
    return curl('-T', client.path('body'), `${project}/${ROOT}${path}`);
  };
  const withDigests = async (path: string, content: string) => {
    const sums = DIGESTS.map((name) => [`.${name}`, new Bun.CryptoHasher(name).update(content).digest('hex')] as const);
    for (const [ending, sent] of [['', content] as const, ...sums]) {
      const { code, output } = await put(`${path}${ending}`, sent);
      expect([path, ending, code, output]).toEqual([path, ending, 0, expect.any(String)]);
    }
  };
  /** It reads the metadata first, and sends it back with its version added. */
  const metadata = async (folder: string, text: string) => {
    const { stdout } = await curl(
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      `${project}/${ROOT}${folder}/maven-metadata.xml`,
    );
    expect(['200', '404']).toContain(stdout);
    await withDigests(`${folder}/maven-metadata.xml`, text);
  };
  return {
    put,
    /** @param written the version in file names: that of a snapshot has its time and number. */
    async publish(artifact: string, version: string, written: string) {
      const folder = artifact.slice('played'.length);
      const ids = `<groupId>com.example</groupId><artifactId>${artifact}</artifactId>`;
      const pom = `<project><modelVersion>4.0.0</modelVersion>${ids}<version>${version}</version></project>`;
      const module = { formatVersion: '1.1', component: { group: 'com.example', module: artifact, version } };
      const files = { jar: `jar of ${artifact} ${version}`, pom, module: JSON.stringify(module) };
      for (const [ending, content] of Object.entries(files))
        await withDigests(`${folder}/${version}/${artifact}-${written}.${ending}`, content);
      const about = (more: string) => `<metadata>${ids}<versioning>${more}</versioning></metadata>`;
      if (written !== version) {
        const [, time = '', number = ''] = written.split('-');
        const snapshot = `<snapshot><timestamp>${time}</timestamp><buildNumber>${number}</buildNumber></snapshot>`;
        await metadata(`${folder}/${version}`, about(snapshot).replace(ids, `${ids}<version>${version}</version>`));
      }
      await metadata(folder, about(`<latest>${version}</latest><versions><version>${version}</version></versions>`));
    },
  };
}
