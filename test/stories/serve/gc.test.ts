import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { COLLECT_GARBAGE } from '../../../src/domain/collection/collection.ts';
import { defined } from '../../../src/lib/defined.ts';
import { createClient } from '../../support/client.ts';
import { onEachEngine } from '../../support/engines.ts';
import { imageManifest, sha256 } from '../../support/registry.ts';
import { startServer } from '../../support/server.ts';
import { ROOT } from '../../support/source-tree.ts';

setDefaultTimeout(180_000);

onEachEngine('postern gc', (engine) => {
  test('tells what it would remove, removes it beside the running server, and finds nothing more', async () => {
    await using server = await startServer(engine, { POSTERN_GC_GRACE: '0', POSTERN_GC_INTERVAL: '0' });
    using client = createClient();
    const { seed, url, raw } = server;
    const project = await seed.project(await seed.group());
    const token = await seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
    const headers = { Authorization: `Basic ${btoa(`${token.username}:${token.secret}`)}` };
    const image = `${url}/v2/${project.full_path}`;
    const send = async (method: string, path: string, body?: string, more = {}) => {
      const answer = await fetch(`${image}/${path}`, {
        method,
        headers: { ...headers, ...more },
        ...defined({ body }),
      });
      expect([200, 201, 202]).toContain(answer.status);
      return answer;
    };
    const push = (text: string) => send('POST', `blobs/uploads/?digest=${sha256(text)}`, text);
    await push('{}');
    await push('nothing refers to this');
    const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256('{}'), size: 2 };
    const type = { 'Content-Type': 'application/vnd.oci.image.manifest.v1+json' };
    await send('PUT', 'manifests/v1', JSON.stringify(imageManifest(config, [])), type);
    await send('POST', 'blobs/uploads/');

    const gc = (...flags: string[]) =>
      client.run([process.execPath, join(ROOT, 'src/main.ts'), 'gc', ...flags], { env: definedOf(raw) });
    const dry = await gc('--dry-run');
    expect([dry.code, dry.stderr]).toEqual([0, '']);
    expect(dry.stdout).toMatch(/^Checked 2 blobs in \d+\.\d s for unreferenced ones that are at least 0 s old\.\n/);
    expect(dry.stdout).toMatch(/ {2}blobs of images +1 +22 B\n/);
    expect(dry.stdout).toMatch(/ {2}abandoned uploads +1 +0 B\n/);
    expect(dry.stdout).toMatch(/ {2}would be deleted +2 +22 B\n/);
    await send('GET', `blobs/${sha256('nothing refers to this')}`);

    const lease = await server.services.tasks.claim({ kind: COLLECT_GARBAGE, subject: 0 });
    const second = await gc();
    expect([second.code, second.stderr]).toEqual([
      1,
      'postern: garbage collection runs already, in the server or in another command.\n',
    ]);
    expect((await gc('--dry-run')).code).toBe(0);
    if (lease) await server.services.tasks.release(lease);

    expect((await gc()).stdout).toMatch(/ {2}deleted +2 +22 B\n/);
    const tasks = await server.services.tasks.list(10);
    expect(tasks.find(({ kind }) => kind === COLLECT_GARBAGE)).toMatchObject({ running: false, outcome: 'done' });
    const gone = await fetch(`${image}/blobs/${sha256('nothing refers to this')}`, { headers });
    expect(gone.status).toBe(404);
    await send('GET', 'manifests/v1');
    expect(await (await send('GET', `blobs/${config.digest}`)).text()).toBe('{}');
    expect((await gc()).stdout).toMatch(/ {2}deleted +0 +0 B\n/);
  });
});

const definedOf = (raw: object) =>
  Object.fromEntries(Object.entries(raw).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
