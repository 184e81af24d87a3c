/** The messages that clients show when a project has reached its storage limit. Images are in test/stories/registry. */
import { beforeAll, expect } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { BY_SYSTEM } from '../../src/domain/access/confirm.ts';
import type { SetupTarget, Snippet } from '../../src/http/setup.ts';
import { PACKAGE_TYPES } from '../../src/package-types.ts';
import { createClient, type TestClient } from '../support/client.ts';
import { makeRepository, rootUrl } from '../support/git.ts';
import { createMaven } from '../support/maven.ts';
import { needsClient } from '../support/needs-client.ts';
import { onEachServer } from '../support/on-each-app.ts';
import type { TestServer } from '../support/server.ts';
import { wheel } from '../support/wheel.ts';

const KIB = 1024;

onEachServer('a full project', (started) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await started;
  });

  /** A project with room for 100 KiB, and what a token that publishes there is handed out with. */
  const full = async (type: string) => {
    const project = await server.seed.project(await server.seed.group());
    const { username, secret } = await server.seed.deployToken(project, { scopes: ['write_package_registry'] });
    await server.services.storage.setLimit({ kind: 'project', project }, 100 * KIB, BY_SYSTEM);
    const target: SetupTarget = { base: server.url, projectId: project.id, groupId: null, username, token: secret };
    const snippets = PACKAGE_TYPES.find((each) => each.type === type)?.setup(target) ?? [];
    return { project, find: (title: string) => snippets.find((each) => each.title === title) as Snippet };
  };
  const noise = (client: TestClient, name: string, bytes = 200 * KIB) =>
    Bun.write(client.path(name), new Uint8Array(randomBytes(bytes)));
  /** Clients break lines and put their own words between. */
  const said = ({ output }: { output: string }) => output.replace(/\s+/g, ' ');
  const SENTENCE = /uses 0 B of its storage limit of 100\.0 KiB: .* more do not fit/;

  needsClient('curl')('curl shows the sentence', async () => {
    using client = createClient();
    const { find } = await full('generic');
    await noise(client, 'file.txt');
    const ran = await client.run(['sh', '-c', find('Publish a file').text]);
    expect([ran.code, said(ran)]).toEqual([22, expect.stringMatching(SENTENCE)]);
  });

  needsClient('npm')('npm shows the sentence', async () => {
    using client = createClient({ npm_config_globalconfig: '/dev/null', npm_config_update_notifier: 'false' });
    const { find } = await full('npm');
    const npmrc = find('npm, pnpm and classic Yarn: publish and install from the project');
    await Bun.write(client.path('.npmrc'), `${npmrc.text}\n`);
    await Bun.write(client.path('package.json'), JSON.stringify({ name: '@scope/full', version: '1.0.0' }));
    await noise(client, 'noise.bin');
    const ran = await client.run(['sh', '-c', find('Publish, with the address of the project').text]);
    expect([ran.code === 0, said(ran)]).toEqual([false, expect.stringMatching(SENTENCE)]);
  });

  needsClient('twine')('twine shows the sentence', async () => {
    using client = createClient();
    const { find } = await full('pypi');
    await Bun.write(`${client.home}/.pypirc`, find('twine: publish to the project').text);
    const more = [{ name: 'noise.bin', content: new Uint8Array(randomBytes(200 * KIB)), stored: true }];
    const { file, bytes } = wheel('full', '1.0', { more });
    await Bun.write(client.path('dist', file), bytes);
    const ran = await client.run(['sh', '-c', find('Publish with twine').text]);
    expect([ran.code === 0, said(ran)]).toEqual([false, expect.stringMatching(SENTENCE)]);
  });

  needsClient('mvn')(
    'mvn tells that there is no storage left, and no more: it shows no body of an answer',
    async () => {
      using client = createClient();
      const { project, find } = await full('maven');
      await noise(client, 'lib.jar');
      const maven = await createMaven(client, find('Maven: sign in').text);
      const url = `${server.url}/api/v4/projects/${project.id}/packages/maven`;
      const ran = await maven.deploy(url, 'com.example:full:1.0', client.path('lib.jar'));
      expect([ran.code, said(ran)]).toEqual([1, expect.stringContaining('status: 507 Insufficient Storage')]);
    },
  );

  needsClient('git-lfs')('git lfs shows the sentence, and nothing is pushed', async () => {
    using client = createClient();
    const { project } = await full('generic');
    await client.ok(['git', 'lfs', 'install', '--skip-repo']);
    const cwd = await makeRepository(client, 'source');
    await client.ok(['git', 'lfs', 'track', '*.bin'], { cwd });
    await noise(client, 'source/large.bin');
    await client.ok(['git', 'add', '.'], { cwd });
    await client.ok(['git', 'commit', '-qm', 'a large file'], { cwd });
    const ran = await client.run(['git', 'push', rootUrl(server, project), 'main'], { cwd, timeoutSeconds: 120 });
    expect([ran.code === 0, said(ran)]).toEqual([false, expect.stringMatching(SENTENCE)]);
    const refs = await client.ok(['git', 'ls-remote', rootUrl(server, project)], { cwd });
    expect(refs.stdout).toBe('');
  });
});
