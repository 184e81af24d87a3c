import { expect, test } from 'bun:test';
import { sql } from 'kysely';
import { createClient } from '../../support/client.ts';
import { onEachEngine } from '../../support/engines.ts';
import { npmTarball, publication } from '../../support/npm-tarball.ts';
import { startServer } from '../../support/server.ts';

const NAME = 'killed';

onEachEngine('a server that is killed after it has answered a publication', (engine) => {
  test('tells of the version when it is started again, though its documents were made before', async () => {
    await using server = await startServer(engine);
    using client = createClient({ npm_config_update_notifier: 'false' });
    const project = await server.seed.project(await server.seed.group());
    const token = await server.seed.deployToken(project, { scopes: ['write_package_registry'] });
    const registry = `${server.url}/api/v4/projects/${project.id}/packages/npm/`;
    const publish = async (version: string) => {
      const manifest = { name: NAME, version };
      const response = await fetch(`${registry}${NAME}`, {
        method: 'PUT',
        headers: { Authorization: `Bearer ${token.secret}` },
        body: JSON.stringify(publication(manifest, await npmTarball(manifest, `exports.version = '${version}';\n`))),
      });
      expect(response.status).toBe(200);
    };
    const documents = () => server.db.selectFrom('package_documents').selectAll().orderBy('kind').execute();

    await publish('1.0.0');
    const before = await documents();
    expect(before.map(({ kind, revision }) => [kind, revision])).toEqual([
      ['abbreviated', 1],
      ['full', 1],
    ]);
    await publish('1.1.0');
    await server.kill();
    // On a slow machine they may have been made by then: that is undone, as if the kill had come first.
    await server.db.deleteFrom('package_documents').execute();
    await server.db.insertInto('package_documents').values(before).execute();
    const { rows } = await sql`select revision from packages`.execute(server.db);
    expect(rows).toEqual([{ revision: 2 }]);
    await server.restart();

    for (const accept of ['application/json', 'application/vnd.npm.install-v1+json']) {
      const headers = { Authorization: `Bearer ${token.secret}`, Accept: accept };
      const told = (await (await fetch(`${registry}${NAME}`, { headers })).json()) as Record<string, object>;
      expect([Object.keys(told['versions'] ?? {}), told['dist-tags']]).toEqual([
        ['1.0.0', '1.1.0'],
        { latest: '1.1.0' },
      ]);
    }
    expect((await documents()).map(({ revision }) => revision)).toEqual([2, 2]);

    await Bun.write(client.path('package.json'), JSON.stringify({ name: 'application', version: '1.0.0' }));
    await Bun.write(
      client.path('.npmrc'),
      `registry=${registry}\n${registry.replace('http:', '')}:_authToken=${token.secret}\n`,
    );
    await client.ok(['npm', 'install', NAME, '--no-audit', '--no-fund'], { timeoutSeconds: 120 });
    const installed = await Bun.file(client.path(`node_modules/${NAME}/index.js`)).text();
    expect(installed).toBe("exports.version = '1.1.0';\n");
  }, 240_000);
});
