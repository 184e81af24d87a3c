/**
 * The attack: fill the disk past a storage limit with bytes that never belong to anything. Of a limit of 5 MB, twelve
 * unfinished image uploads and twelve refused publications left 111 MB on the disk for a day. Bytes in progress count
 * against the limit, and refused bytes are deleted at once.
 */
import { expect, test } from 'bun:test';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DAY } from '../../src/lib/clock.ts';
import { basic, privateToken } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { npmTarball } from '../support/npm-tarball.ts';
import { packageScene } from '../support/package-scene.ts';

const MEGABYTE = 1_000_000;
const LIMIT = 5 * MEGABYTE;

/** The size of all blobs and uploads, in bytes. */
function stored(folder: string): number {
  const files = readdirSync(join(folder, 'blobs'), { recursive: true, withFileTypes: true });
  return files.reduce((sum, file) => sum + (file.isFile() ? statSync(join(file.parentPath, file.name)).size : 0), 0);
}

const random = (bytes: number) => {
  const all = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(all.subarray(at, Math.min(bytes, at + 65_536)));
  return all;
};

onEachEngine('bytes that belong to nothing', (engine) => {
  test('of unfinished image uploads count against the storage limit', async () => {
    await using scene = await packageScene(engine);
    const { app, project } = scene;
    await app.services.storage.setLimit({ kind: 'project', project }, LIMIT, app.by);
    const token = await app.seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
    const headers = basic(token.username, token.secret);
    const begin = () => app.fetch(`/v2/${project.full_path}/blobs/uploads/`, { method: 'POST', headers });
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) {
      const at = (await begin()).headers.get('location') ?? '';
      statuses.push((await app.fetch(at, { method: 'PATCH', headers, body: random(2 * MEGABYTE) })).status);
    }
    expect(statuses).toEqual([202, 202, 403, 403, 403, 403]);
    expect(stored(app.folder)).toBeLessThanOrEqual(LIMIT);
  });

  test('of image uploads that the collector has deleted no longer count, for any project below the limit', async () => {
    await using scene = await packageScene(engine);
    const { app } = scene;
    const group = await app.seed.group();
    const limited = await app.seed.project(group);
    const other = await app.seed.project(group);
    await app.services.storage.setLimit({ kind: 'namespace', group }, LIMIT, app.by);
    const token = await app.seed.deployToken(limited, { scopes: ['read_registry', 'write_registry'] });
    const headers = basic(token.username, token.secret);
    const path = `/v2/${limited.full_path}/blobs/uploads/`;
    const at = (await app.fetch(path, { method: 'POST', headers })).headers.get('location') ?? '';
    expect((await app.fetch(at, { method: 'PATCH', headers, body: random(4 * MEGABYTE) })).status).toBe(202);
    app.time.now = Date.now() + 2 * DAY;
    expect((await app.services.collection.run({}))?.uploads.count).toBe(1);
    const published = await app.fetch(`/api/v4/projects/${other.id}/packages/generic/p/1/file`, {
      method: 'PUT',
      headers: privateToken((await app.seed.user({ admin: true })).token),
      body: random(2 * MEGABYTE),
    });
    expect(published.status).toBe(201);
  });

  test('of uploads at the same time count for each other', async () => {
    await using scene = await packageScene(engine);
    const { app, project } = scene;
    await app.services.storage.setLimit({ kind: 'project', project }, LIMIT, app.by);
    const all = Array.from({ length: 6 }, (_, i) => scene.send('PUT', `generic/p/1/${i}`, random(2 * MEGABYTE)));
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 201).length).toBeLessThanOrEqual(2);
    expect(stored(app.folder)).toBeLessThanOrEqual(LIMIT);
  });

  test('of refused publications are deleted at once, and blobs that are in use stay', async () => {
    await using scene = await packageScene(engine);
    const { app } = scene;
    const manifest = { name: 'p', version: '1.0.0' };
    const archive = await npmTarball(manifest, random(MEGABYTE));
    expect((await scene.publishNpm(manifest, archive)).status).toBe(200);
    const before = stored(app.folder);
    for (let i = 0; i < 3; i++) {
      const other = await npmTarball(manifest, random(MEGABYTE));
      expect((await scene.publishNpm(manifest, other)).status).toBe(403);
      expect((await scene.publishNpm(manifest, random(MEGABYTE))).ok).toBe(false);
      expect((await scene.send('POST', 'pypi', formOf(random(MEGABYTE)))).ok).toBe(false);
    }
    // The same bytes as those that are published.
    expect((await scene.publishNpm(manifest, archive)).ok).toBe(false);
    expect(stored(app.folder)).toBe(before);
    expect((await scene.get('npm/p/-/p-1.0.0.tgz')).status).toBe(200);
  });
});

function formOf(bytes: Uint8Array<ArrayBuffer>): FormData {
  const form = new FormData();
  for (const [name, value] of [
    ['name', 'p'],
    ['version', '1.0'],
  ] as const)
    form.append(name, value);
  form.append('content', new File([bytes], 'p-1.0.tar.gz'));
  return form;
}
