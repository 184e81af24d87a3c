import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Group } from '../../../src/domain/groups/groups.ts';
import type { Project } from '../../../src/domain/projects/projects.ts';
import { createClient, type TestClient } from '../../support/client.ts';
import { onOneEngine } from '../../support/engines.ts';
import { repositoryUrl, rootUrl, seedRepository } from '../../support/git.ts';
import { startServer, type TestServer } from '../../support/server.ts';

onOneEngine('the reach of a group token with git', (engine) => {
  let server: TestServer;
  let client: TestClient;
  let top: Group;
  let bottom: Project;
  let token: { username: string; secret: string };
  beforeAll(async () => {
    server = await startServer(engine);
    client = createClient();
    top = await server.seed.group();
    const middle = await server.seed.group(top);
    bottom = await server.seed.project(await server.seed.group(middle));
    token = await server.seed.deployToken(top);
    await seedRepository(server, client, bottom);
  });
  afterAll(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  test('a group token reaches a project two levels below its group', async () => {
    await client.ok(['git', 'clone', '-q', repositoryUrl(server, bottom, token), 'below']);
  });

  test('a project of a sibling group looks like a missing one', async () => {
    const sibling = await server.seed.deployToken(await server.seed.group());
    const there = await client.run(['git', 'clone', '-q', repositoryUrl(server, bottom, sibling), 'sibling']);
    expect(there.code).toBe(128);
    const missing = { full_path: `${bottom.full_path}-not` };
    const nothing = await client.run(['git', 'clone', '-q', repositoryUrl(server, missing, sibling), 'sibling']);
    expect(nothing.output.replaceAll(missing.full_path, bottom.full_path)).toBe(there.output);
  });

  test('a submodule in the same group with a relative URL is cloned; A180 one of an unrelated project is not', async () => {
    const library = await server.seed.project(top, { path: 'library' });
    const program = await server.seed.project(top, { path: 'program' });
    await seedRepository(server, client, library);
    const cwd = await seedRepository(server, client, program);
    await client.ok(['git', 'submodule', '--quiet', 'add', rootUrl(server, library), 'vendor'], { cwd });
    await client.ok(['git', 'config', '-f', '.gitmodules', 'submodule.vendor.url', '../library.git'], { cwd });
    await client.ok(['git', 'commit', '-qam', 'add the library'], { cwd });
    await client.ok(['git', 'push', '-q', rootUrl(server, program), 'main'], { cwd });
    await client.ok(['git', 'clone', '-q', '--recurse-submodules', repositoryUrl(server, program, token), 'whole']);
    expect(await Bun.file(client.path('whole/vendor/file.txt')).text()).toBe('line 1\n');

    const strange = await server.seed.project(await server.seed.group(), { path: 'strange' });
    await seedRepository(server, client, strange);
    const address = repositoryUrl(server, strange, token);
    await client.ok(['git', 'config', '-f', '.gitmodules', 'submodule.vendor.url', address], { cwd });
    await client.ok(['git', 'commit', '-qam', 'point elsewhere'], { cwd });
    await client.ok(['git', 'push', '-q', rootUrl(server, program), 'main'], { cwd });
    const url = repositoryUrl(server, program, token);
    const refused = await client.run(['git', 'clone', '-q', '--recurse-submodules', url, 'broken']);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain('HTTP Basic: Access denied.');
  });

  test('a URL without .git and one from before a rename are redirected, and git prints that', async () => {
    const short = repositoryUrl(server, bottom, token).replace(/\.git$/, '');
    const { output } = await client.ok(['git', 'clone', short, 'short']);
    expect(output).toContain('warning: redirecting to');
    await server.db
      .insertInto('redirects')
      .values({ path_key: `${top.full_path}/old-name`, namespace_id: null, project_id: bottom.id })
      .execute();
    const old = repositoryUrl(server, { full_path: `${top.full_path}/old-name` }, token);
    const moved = await client.ok(['git', 'clone', old, 'moved']);
    expect(moved.output).toContain(`warning: redirecting to ${server.url}/${bottom.full_path}.git/`);
    await client.ok(['git', 'fetch', '-q'], { cwd: client.path('moved') });
    const cwd = client.path(`source-${bottom.id}`);
    const before = rootUrl(server, { full_path: `${top.full_path}/old-name` });
    await client.ok(['git', 'commit', '-q', '--allow-empty', '-m', 'to the old name'], { cwd });
    const pushed = await client.ok(['git', 'push', before, 'main'], { cwd });
    expect(pushed.output).toContain('warning: redirecting to');
  });
});
