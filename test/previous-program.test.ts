import { expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { basic } from './support/app.ts';
import { createClient } from './support/client.ts';
import { onEachEngine } from './support/engines.ts';
import { newMigrations } from './support/previous-program.ts';
import { startServer } from './support/server.ts';

/**
 * The rule of CONTRIBUTING.md, "The database": nodes are updated one after the other, so the previous program runs on
 * the schema of the current one. The previous program is this source tree without its newest migrations, in a process
 * of its own.
 */
onEachEngine('the previous program on the new schema', (engine) => {
  test('every migration since the previous release is an expand migration', () => {
    expect(newMigrations().length).toBeGreaterThan(0);
    expect(newMigrations().filter(([, { kind }]) => kind !== 'expand')).toEqual([]);
  });

  test('starts, checks tokens, serves a clone and takes a publication; the current program then reads both', async () => {
    await using server = await startServer(engine);
    using client = createClient();
    const project = await server.seed.project(await server.seed.group());
    const token = await server.seed.deployToken(project, {
      scopes: ['read_repository', 'read_package_registry', 'write_package_registry'],
    });
    const owner = await server.seed.member(project, 'maintainer');
    const repository = `${server.urlFor(owner.username, owner.token)}/${project.full_path}.git`;
    const readable = `${server.urlFor(token.username, token.secret)}/${project.full_path}.git`;
    await client.ok(['git', 'init', '-q', '-b', 'main', client.path('work')]);
    const commit = ['commit', '-q', '--allow-empty', '-m', 'one'];
    await client.ok(['git', '-C', client.path('work'), ...commit]);
    await client.ok(['git', '-C', client.path('work'), 'push', '-q', repository, 'main']);

    const file = (version: string) =>
      `${server.url}/api/v4/projects/${project.id}/packages/generic/tool/${version}/file`;
    const headers = basic(token.username, token.secret);
    const publish = async (version: string) =>
      (await fetch(file(version), { method: 'PUT', headers, body: `version ${version}` })).status;
    const read = async (version: string) => (await fetch(file(version), { headers })).text();
    expect(await publish('1.0')).toBe(201);

    await server.stop();
    await server.restart({ preload: join(import.meta.dir, 'support/become-previous.ts') });
    const warned = server.logs.find((line) => line.includes('newer than this program')) ?? '{}';
    const names = newMigrations().map(([name]) => name);
    expect(JSON.parse(warned)).toMatchObject({ level: 'warn', migrations: names });
    expect((await fetch(file('1.0'), { headers: basic(token.username, 'gldt-wrong') })).status).toBe(401);
    expect(await read('1.0')).toBe('version 1.0');
    await client.ok(['git', 'clone', '-q', readable, client.path('clone')]);
    expect(existsSync(join(client.path('clone'), '.git'))).toBe(true);
    expect(await publish('2.0')).toBe(201);

    await server.stop();
    await server.restart();
    expect(await read('2.0')).toBe('version 2.0');
    expect(await publish('3.0')).toBe(201);
  });
});
