import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MaintenanceScene, maintenanceScene } from '../../../test/support/maintenance-scene.ts';
import { NONE, pushByHand } from '../../../test/support/push-by-hand.ts';
import { syncFolder } from '../sync.ts';
import { foldersOfRefs, syncNames } from './push-durability.ts';

const headOf = async ({ client, cwd }: MaintenanceScene) =>
  (await client.ok(['git', 'rev-parse', 'HEAD'], { cwd })).stdout.trim();

test('a push is acknowledged after each folder that it changed is synced, objects before refs', async () => {
  using scene = await maintenanceScene();
  const synced: string[] = [];
  const early: string[] = [];
  const command = { ref: 'refs/heads/topic/one', wanted: await headOf(scene) };
  const answer = await pushByHand(scene, command, async (folder, received) => {
    synced.push(folder);
    await Bun.sleep(5);
    if (received.includes('ok refs/')) early.push(folder);
  });
  expect(answer).toContain('ok refs/heads/topic/one');
  expect(early).toEqual([]);
  const loose = scene.files('objects').map((name) => `objects/${name}`);
  expect(loose).toHaveLength(3);
  const refs = synced.findIndex((folder) => !folder.startsWith('objects'));
  expect(synced.slice(0, refs).toSorted()).toEqual(['objects', ...loose].toSorted());
  expect(synced.slice(refs).toSorted()).toEqual(['', 'refs', 'refs/heads', 'refs/heads/topic']);
});

test('the default branch is set together with the first push, before it is acknowledged', async () => {
  using scene = await maintenanceScene();
  const heads = new Set<string>();
  const command = { ref: 'refs/heads/trunk', wanted: await headOf(scene) };
  await pushByHand(scene, command, async () => void heads.add(readFileSync(join(scene.path, 'HEAD'), 'utf8')));
  expect([...heads]).toEqual(['ref: refs/heads/trunk\n']);
});

test('a push whose names cannot be synced is not acknowledged', async () => {
  using scene = await maintenanceScene();
  const answer = await pushByHand(scene, { ref: 'refs/heads/main', wanted: await headOf(scene) }, async (folder) => {
    if (folder === 'refs/heads') throw new Error('EIO: i/o error, fsync');
  });
  expect(answer).toContain('unpack the server could not save the push to its disk');
  expect(answer).not.toContain('ok refs/');
  expect(scene.reports).toEqual(['the names of a push could not be synced to the disk: Error: EIO: i/o error, fsync']);
});

test('a deletion is synced too, though git has removed the folder of the ref', async () => {
  using scene = await maintenanceScene();
  const ref = 'refs/heads/topic/one';
  const commit = await headOf(scene);
  // The branch that HEAD names cannot be deleted.
  await pushByHand(scene, { ref: 'refs/heads/main', wanted: commit }, async () => {});
  await pushByHand(scene, { ref, wanted: commit }, async () => {});
  const synced: string[] = [];
  const answer = await pushByHand(scene, { ref, old: commit, wanted: NONE }, async (folder) => {
    await syncFolder(join(scene.path, folder));
    synced.push(folder);
  });
  expect(answer).toContain('ok refs/heads/topic/one');
  expect(readdirSync(join(scene.path, 'refs/heads'))).toEqual(['main']);
  expect(synced.toSorted()).toEqual(['', 'refs', 'refs/heads']);
});

test('folders are synced once each, eight at a time', async () => {
  const refs = Array.from({ length: 50 }, (_, index) => `refs/heads/team-${index % 10}/${index}`);
  const folders = foldersOfRefs('/repository', [...refs, 'HEAD']);
  expect(folders).toHaveLength(13);
  let running = 0;
  let most = 0;
  await syncNames({ objects: [], refs: folders }, async () => {
    most = Math.max(most, ++running);
    await Bun.sleep(1);
    running--;
  });
  expect(most).toBe(8);
});

test('a folder that is a file now is passed over', async () => {
  using scene = await maintenanceScene();
  await Bun.write(join(scene.path, 'refs/heads/topic'), 'a ref\n');
  await syncNames({ objects: [], refs: foldersOfRefs(scene.path, ['refs/heads/topic/one/two']) });
});
