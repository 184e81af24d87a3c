import { afterAll, beforeAll, expect, test } from 'bun:test';
import { createClient } from '../../support/client.ts';
import { onEachEngine } from '../../support/engines.ts';
import { ROOT_TOKEN, startServer, type TestServer } from '../../support/server.ts';

onEachEngine('git clone', (engine) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(engine);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('a deploy token clones a private repository, and a wrong secret does not', async () => {
    using client = createClient();
    const group = await server.seed.group();
    const project = await server.seed.project(group);
    const token = await server.seed.deployToken(project);
    const admin = server.urlFor('root', ROOT_TOKEN);
    await client.ok(['git', 'init', '-q', '-b', 'main', 'source']);
    await client.ok(['git', 'commit', '-q', '--allow-empty', '-m', 'first'], { cwd: client.path('source') });
    await client.ok(['git', 'push', '-q', `${admin}/${project.full_path}.git`, 'main'], { cwd: client.path('source') });

    const url = `${server.urlFor(token.username, token.secret)}/${project.full_path}.git`;
    await client.ok(['git', 'clone', '-q', url, 'copy']);
    const { stdout } = await client.ok(['git', 'log', '--format=%s'], { cwd: client.path('copy') });
    expect(stdout).toBe('first\n');

    const wrong = `${server.urlFor(token.username, `${token.secret}x`)}/${project.full_path}.git`;
    const refused = await client.run(['git', 'clone', '-q', wrong, 'refused']);
    expect(refused.code).toBe(128);
    expect(refused.output).toContain('Authentication failed');
  });
});
