/** The install lines on the page of a package version, pasted unchanged. */
import { beforeAll, expect } from 'bun:test';
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NamedPackage, SetupTarget, Snippet } from '../../../src/http/setup.ts';
import { PACKAGE_TYPES } from '../../../src/package-types.ts';
import { createClient, PROGRAM_PATH, type TestClient } from '../../support/client.ts';
import { createMaven, pom } from '../../support/maven.ts';
import { needsClient } from '../../support/needs-client.ts';
import { npmTarball, publication } from '../../support/npm-tarball.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import type { TestServer } from '../../support/server.ts';
import { ROOT } from '../../support/source-tree.ts';
import { uploadForm, wheel } from '../../support/wheel.ts';

onOneServer('the lines that install a version', (started) => {
  let server: TestServer;
  let world: Awaited<ReturnType<typeof createWorld>>;
  beforeAll(async () => {
    server = await started;
    world = await createWorld(server);
  });

  const lines = (type: string, found: NamedPackage): Snippet[] => {
    const kind = PACKAGE_TYPES.find((each) => each.type === type);
    return kind?.install(world.target, found) ?? [];
  };
  const textOf = (snippets: readonly Snippet[], title: string) => {
    const found = snippets.find((snippet) => snippet.title === title);
    if (!found) throw new Error(`no lines "${title}"`);
    return found.text;
  };

  needsClient('curl')('generic: curl saves the file under its name', async () => {
    using client = createClient();
    await world.publish('PUT', 'generic/tool/1.0/linux/a+b@1.bin', 'bytes');
    const [snippet] = lines('generic', { name: 'tool', version: '1.0', file: 'linux/a+b@1.bin' });
    await client.ok(['sh', '-c', snippet?.text ?? 'false']);
    expect(await Bun.file(client.path('a+b@1.bin')).text()).toBe('bytes');
  });

  for (const name of ['@scope/lib', 'lib'])
    needsClient('npm', 'node')(`npm: npm, pnpm and classic Yarn install ${name}`, async () => {
      const manifest = { name, version: '1.0.0', main: 'index.js' };
      const body = JSON.stringify(publication(manifest, await npmTarball(manifest)));
      await world.publish('PUT', `npm/${name.replace('/', '%2f')}`, body);
      const snippets = lines('npm', { name, version: '1.0.0', file: null });
      const commands = snippets.filter(({ file }) => file === undefined);
      expect(commands.map(({ title }) => title)).toEqual(['npm', 'pnpm', 'Classic Yarn']);
      for (const { title, text } of commands) {
        using client = createClient(NPM);
        commandsOf(client);
        for (const { file, text: content } of snippets)
          if (file !== undefined) await Bun.write(client.path(file), `${content}\n`);
        await Bun.write(client.path('package.json'), '{"name":"application","version":"1.0.0","private":true}');
        const ran = await client.run(['sh', '-c', text], { env: { PATH: `${client.path('bin')}:${PROGRAM_PATH}` } });
        expect([title, ran.code, ran.output]).toEqual([title, 0, expect.any(String)]);
        expect(await Bun.file(client.path('node_modules', name, 'package.json')).json()).toMatchObject({ name });
      }
    });

  needsClient('pip3')('PyPI: pip installs just that version', async () => {
    using client = createClient({ PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1' });
    for (const version of ['1.0', '2.0'])
      await world.publish('POST', 'pypi', uploadForm('my-lib', version, wheel('my-lib', version)));
    const snippets = lines('pypi', { name: 'my-lib', version: '1.0', file: null });
    const [configuration] = snippets;
    const path = (configuration?.file ?? '').replace(/^~/, client.home);
    mkdirSync(dirname(path), { recursive: true });
    await Bun.write(path, configuration?.text ?? '');
    const env = { PIP_TARGET: client.path('target') };
    const ran = await client.ok(['sh', '-c', textOf(snippets, 'Install')], { env });
    expect(ran.stdout).toContain('Successfully installed my-lib-1.0');
  });

  const MAVEN = { name: 'com/example/jar', version: '1.0', file: null };

  needsClient('mvn')('Maven: a project with the lines in its pom.xml gets what it depends on', async () => {
    using client = createClient();
    await publishJar();
    const snippets = lines('maven', MAVEN);
    const maven = await createMaven(client, textOf(snippets, 'Maven: sign in'));
    const dependencies = `<dependencies>${textOf(snippets, 'Maven: depend on it')}</dependencies>`;
    const repositories = textOf(snippets, 'Maven: where it is fetched from');
    await Bun.write(`${maven.folder}/pom.xml`, pom('com.example:app:1.0', null, `${dependencies}${repositories}`));
    const ran = await maven.shell('mvn -B -q --settings settings.xml package');
    expect([ran.code, ran.output]).toEqual([0, expect.any(String)]);
    expect(await Bun.file(`${maven.folder}/target/dependency/jar-1.0.jar`).text()).toBe('a jar');
  });

  needsClient('gradle')('Maven: a build of Gradle with its line gets what it depends on', async () => {
    using client = createClient();
    await publishJar();
    const setup = PACKAGE_TYPES.find(({ type }) => type === 'maven')?.setup(world.target) ?? [];
    const repositories = textOf(setup, 'Gradle: resolve with a user name and password');
    const line = textOf(lines('maven', MAVEN), 'Gradle: depend on it');
    const fetch = "task fetch(type: Copy) { from configurations.runtimeClasspath; into 'out' }";
    const build = ["apply plugin: 'java'", repositories, `dependencies { ${line} }`, fetch, ''];
    await Bun.write(client.path('build.gradle'), build.join('\n'));
    await Bun.write(client.path('settings.gradle'), "rootProject.name = 'application'\n");
    const env = { GRADLE_USER_HOME: client.path('gradle') };
    const ran = await client.run(['gradle', '--no-daemon', '-q', 'fetch'], { env, timeoutSeconds: 180 });
    expect([ran.code, ran.output]).toEqual([0, expect.any(String)]);
    expect(await Bun.file(client.path('out/jar-1.0.jar')).text()).toBe('a jar');
  });

  /** A second publication would be refused. */
  const publishJar = async () => {
    const pomText =
      '<project><modelVersion>4.0.0</modelVersion><groupId>com.example</groupId><artifactId>jar</artifactId><version>1.0</version></project>';
    if ((await world.send('GET', 'maven/com/example/jar/1.0/jar-1.0.pom')).ok) return;
    await world.publish('PUT', 'maven/com/example/jar/1.0/jar-1.0.jar', 'a jar');
    await world.publish('PUT', 'maven/com/example/jar/1.0/jar-1.0.pom', pomText);
  };
});

const NPM = {
  npm_config_globalconfig: '/dev/null',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
};

/** `pnpm` and `yarn`, by the names of their commands. */
function commandsOf(client: TestClient): void {
  mkdirSync(client.path('bin'));
  for (const [name, file] of [
    ['pnpm', 'pnpm/bin/pnpm.cjs'],
    ['yarn', 'yarn-classic/bin/yarn.js'],
  ] as const)
    symlinkSync(join(ROOT, 'node_modules', file), client.path('bin', name));
}

async function createWorld(server: TestServer) {
  const group = await server.seed.group();
  const project = await server.seed.project(group);
  const writer = await server.seed.deployToken(project, { scopes: ['write_package_registry'] });
  const { username, secret } = await server.seed.deployToken(project, { scopes: ['read_package_registry'] });
  const base = `${server.url}/api/v4/projects/${project.id}/packages`;
  const send = (method: string, path: string, body: RequestInit['body'] = null) =>
    fetch(`${base}/${path}`, { method, body, headers: { 'Deploy-Token': writer.secret } });
  const target: SetupTarget = { base: server.url, projectId: project.id, groupId: group.id, username, token: secret };
  return {
    target,
    send,
    async publish(method: string, path: string, body: RequestInit['body']): Promise<void> {
      const answer = await send(method, path, body);
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    },
  };
}
