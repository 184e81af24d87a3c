import { expect } from 'bun:test';
import { join } from 'node:path';
import { createClient } from '../support/client.ts';
import { needsClient } from '../support/needs-client.ts';
import { npmTarball, publication } from '../support/npm-tarball.ts';
import { onEachServer } from '../support/on-each-app.ts';
import { ROOT } from '../support/source-tree.ts';
import { wheel } from '../support/wheel.ts';

const test = needsClient('npm', 'node', 'pip3');
const PNPM = join(ROOT, 'node_modules/.bin/pnpm');

/**
 * Clients keep answers with the values of the request headers that the answer names in `Vary`: a token would be stored
 * in every cache of a job that is kept for the next one.
 */
onEachServer('a token that a client installed with', (started) => {
  test('is in none of its caches', async () => {
    const { seed, url } = await started;
    const project = await seed.project(await seed.group());
    const { username, secret } = await seed.deployToken(project, { scopes: ['write_package_registry'] });
    const api = `${url}/api/v4/projects/${project.id}/packages`;
    const basic = Buffer.from(`${username}:${secret}`).toString('base64');
    const published = await fetch(`${api}/npm/kept`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(
        publication({ name: 'kept', version: '1.0.0' }, await npmTarball({ name: 'kept', version: '1.0.0' })),
      ),
    });
    const { file, bytes } = wheel('kept', '1.0.0');
    const form = new FormData();
    for (const [name, value] of Object.entries({ ':action': 'file_upload', name: 'kept', version: '1.0.0' }))
      form.set(name, value);
    form.set('content', new File([bytes], file));
    const uploaded = await fetch(`${api}/pypi`, {
      method: 'POST',
      headers: { Authorization: `Basic ${basic}` },
      body: form,
    });
    expect([published.status, uploaded.status]).toEqual([200, 201]);

    using client = createClient({ npm_config_globalconfig: '/dev/null', npm_config_update_notifier: 'false' });
    const registry = `${api}/npm/`;
    const signIn = `${registry.replace('http:', '')}:_authToken=${secret}`;
    await Bun.write(client.path('.npmrc'), `registry=${registry}\n${signIn}\n`);
    await Bun.write(client.path('package.json'), '{"name":"application","version":"1.0.0","private":true}');
    await client.ok(['npm', 'install', 'kept', '--no-audit']);
    await client.ok([PNPM, 'add', 'kept']);
    const index = `${api}/pypi/simple`.replace('://', `://${username}:${secret}@`);
    await client.ok(['python3', '-m', 'pip', 'install', '--index-url', index, '--target', client.path('lib'), 'kept']);

    const holding = await client.run(['grep', '-rlF', '-e', secret, '-e', basic, client.home]);
    const kept = await client.run(['grep', '-rlF', 'kept', client.home]);
    for (const cache of ['/_cacache/index-v5/', '/.cache/pnpm/']) expect(kept.stdout).toContain(cache);
    expect([holding.code, holding.stdout]).toEqual([1, '']);
  }, 180_000);
});
