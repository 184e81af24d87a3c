import { expect, test } from 'bun:test';
import { once } from 'node:events';
import { chmodSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAM_PATH } from '../../../test/support/client.ts';
import { maintenanceScene } from '../../../test/support/maintenance-scene.ts';
import { thrown } from '../../../test/support/rejection.ts';
import { DAY } from '../../lib/clock.ts';
import { type Pack, packsToMerge } from './maintenance-packs.ts';

const pack = (objects: number, more: Partial<Pack> = {}): Pack => ({
  name: `pack-${objects}`,
  objects,
  kept: false,
  cruft: false,
  ...more,
});
const merged = (objects: number[], loose = 0) =>
  packsToMerge(
    objects.map((count) => pack(count)),
    loose,
  ).map((one) => one.objects);

test('merges packs until each is at least twice as large as all smaller ones together', () => {
  expect(merged([])).toEqual([]);
  expect(merged([5])).toEqual([]);
  expect(merged([1, 2, 4, 8])).toEqual([]);
  expect(merged([1, 1, 100])).toEqual([1, 1]);
  expect(merged([1, 1, 3, 100])).toEqual([1, 1, 3]);
  expect(merged([3, 3, 3, 1000])).toEqual([3, 3, 3]);
  expect(merged([10, 10, 30, 50])).toEqual([10, 10, 30, 50]);
});

test('loose objects are merged into the small packs, and leave large ones alone', () => {
  expect(merged([], 10)).toEqual([]);
  expect(merged([1000], 10)).toEqual([]);
  expect(merged([15], 10)).toEqual([15]);
  expect(merged([15, 1000], 10)).toEqual([15]);
});

test('packs that a push has not finished with, and packs of unreachable objects, are not merged', () => {
  expect(packsToMerge([pack(3), pack(4, { kept: true }), pack(5, { cruft: true })], 0)).toHaveLength(1 - 1);
  expect(packsToMerge([pack(3), pack(4, { kept: true }), pack(3)], 0)).toHaveLength(2);
});

test('a run that takes too long is ended, and the repository stays as it was', async () => {
  using scene = await maintenanceScene();
  await scene.commit(1);
  await scene.pushAsLoose();
  const before = scene.files('objects');
  const whenQuiet = async (signal: AbortSignal) => {
    if (!signal.aborted) await once(signal, 'abort');
  };
  expect(await thrown(scene.maintain(true, { deps: { whenQuiet, longestRunMs: 1 } }))).toThrow('took longer than');
  expect(scene.files('objects')).toEqual(before);
});

test('a repository of 300 small pushes, in packs and loose, becomes one pack with an index, a bitmap and a graph', async () => {
  using scene = await maintenanceScene();
  await scene.commit(59);
  await scene.pushAsPacks();
  await scene.commit(230);
  await scene.pushAsLoose();
  for (let i = 0; i < 10; i++) {
    await scene.commit(1);
    await scene.push('main', `main:refs/heads/branch-${i}`);
  }
  const refs = await scene.refs();
  expect(await scene.maintain(false)).toEqual({ loose: 720, packsBefore: 60, packsAfter: 1, swept: 0, cruft: false });
  expect(scene.files('objects')).toEqual([]);
  const indexes = scene.files('objects/pack').filter((name) => name.startsWith('multi-pack-index'));
  expect(indexes.map((name) => name.replace(/[0-9a-f]{40}/, 'HASH')).toSorted()).toEqual([
    'multi-pack-index',
    'multi-pack-index-HASH.bitmap',
  ]);
  expect(scene.has('objects/info/commit-graphs/commit-graph-chain')).toBe(true);
  expect(scene.files('refs/heads')).toEqual([]);
  expect(await scene.refs()).toBe(refs);
  expect(scene.reports).toEqual([]);
  await scene.git('multi-pack-index', 'verify');
  await scene.git('commit-graph', 'verify');
  await scene.verify();
});

test('a large pack is left alone by later pushes, and a full maintenance makes one pack again', async () => {
  using scene = await maintenanceScene();
  await scene.commit(100);
  await scene.push('main');
  await scene.maintain(false);
  const [large = ''] = scene.packs();
  await scene.commit(2);
  await scene.push('main');
  expect(await scene.maintain(false)).toMatchObject({ packsBefore: 1, packsAfter: 2 });
  expect(scene.packs()).toContain(large);
  const packs = scene.packs();
  expect(await scene.maintain(false)).toMatchObject({ loose: 0, packsBefore: 2, packsAfter: 2 });
  expect(scene.packs()).toEqual(packs);
  await scene.verify();
  expect(await scene.maintain(true)).toMatchObject({ packsBefore: 2, packsAfter: 1 });
  await scene.verify();
  expect(await scene.maintain(true)).toMatchObject({ packsBefore: 1, packsAfter: 1 });
  await scene.verify();
});

test('unreachable objects are kept for two weeks from the first full maintenance that finds them so', async () => {
  using scene = await maintenanceScene();
  await scene.push('main');
  await scene.commit(3, 'gone');
  await scene.push('gone');
  const tip = (await scene.git('rev-parse', 'gone')).stdout.trim();
  await scene.maintain(true);
  // The branch is deleted long after its objects were stored.
  const longAgo = new Date(Date.now() - 100 * DAY);
  for (const name of scene.packs()) utimesSync(join(scene.path, 'objects/pack', name), longAgo, longAgo);
  await scene.push('--delete', 'gone');
  const there = async () =>
    (await scene.client.run(['git', '--git-dir', scene.path, 'cat-file', '-e', tip])).code === 0;
  expect((await scene.maintain(true)).cruft).toBe(true);
  expect(await there()).toBe(true);
  expect((await scene.maintain(true, { now: Date.now() + 13 * DAY })).cruft).toBe(true);
  await scene.maintain(false);
  expect(await there()).toBe(true);
  // A push that has the objects again makes them reachable.
  await scene.push('gone:refs/heads/back');
  await scene.maintain(true, { now: Date.now() + 15 * DAY });
  expect(await there()).toBe(true);
  await scene.push('--delete', 'back');
  await scene.maintain(true);
  expect((await scene.maintain(true, { now: Date.now() + 15 * DAY })).cruft).toBe(false);
  expect(await there()).toBe(false);
  await scene.verify();
});

test('a repository from which everything was deleted, and an empty one, are maintained too', async () => {
  using scene = await maintenanceScene();
  expect(await scene.maintain(false)).toMatchObject({ loose: 0, packsBefore: 0, packsAfter: 0 });
  await scene.push('main');
  await scene.maintain(true);
  await scene.git('update-ref', '-d', 'refs/heads/main');
  await scene.maintain(true);
  expect(await scene.maintain(true, { now: Date.now() + 15 * DAY })).toMatchObject({ packsAfter: 0, cruft: false });
  expect(scene.files('objects/pack')).toEqual([]);
  await scene.git('fsck', '--strict');
  await scene.push('main');
  await scene.maintain(false);
  await scene.verify();
});

const LEFTOVERS = [
  'objects/tmp_objdir-incoming-abc/pack/tmp_pack_1',
  'objects/pack/tmp_pack_abc',
  'objects/pack/.tmp-12-pack-abc.pack',
  'objects/pack/pack-0123456789012345678901234567890123456789.pack',
  'objects/pack/multi-pack-index.lock',
  'objects/ab/tmp_obj_abc',
  'objects/info/commit-graphs/tmp_graph_abc',
  'packed-refs.lock',
  'packed-refs.new',
  'refs/heads/topic.lock',
];

test('files that killed gits left are removed when they are older than any push takes', async () => {
  using scene = await maintenanceScene();
  await scene.push('main');
  for (const name of LEFTOVERS) await scene.leave(name);
  await Bun.write(join(scene.path, 'objects/tmp_objdir-incoming-new/pack/tmp_pack_1'), 'of a push that goes on');
  await Bun.write(join(scene.path, 'objects/pack/tmp_pack_new'), 'of a push that goes on');
  expect((await scene.maintain(false)).swept).toBe(LEFTOVERS.length);
  expect(LEFTOVERS.filter(scene.has)).toEqual([]);
  expect(scene.has('objects/tmp_objdir-incoming-new/pack/tmp_pack_1')).toBe(true);
  expect(scene.has('objects/pack/tmp_pack_new')).toBe(true);
  await scene.verify();
});

test('a git that is killed at any step leaves a whole repository, and the next run completes', async () => {
  using scene = await maintenanceScene();
  await scene.commit(20);
  await scene.pushAsPacks();
  const real = Bun.which('git', { PATH: PROGRAM_PATH });
  const wrapper = join(scene.folder, 'bin/git');
  const calls = join(scene.folder, 'calls');
  let killed = 0;
  for (let at = 1; ; at++) {
    await scene.commit(2);
    await scene.push('main', `main:refs/heads/branch-${at}`);
    const refs = await scene.refs();
    // The git of this number is killed while it works; the killed git's files stay as they are.
    await Bun.write(
      wrapper,
      `#!/bin/bash\necho >>${calls}\nif [ $(wc -l <${calls}) = ${at} ]; then exec timeout -s KILL 0.00${at % 10} ${real} "$@"; fi\nexec ${real} "$@"\n`,
    );
    chmodSync(wrapper, 0o755);
    await Bun.write(calls, '');
    const failed = await scene.maintain(at % 2 === 0, { path: `${join(scene.folder, 'bin')}:${PROGRAM_PATH}` }).then(
      () => false,
      () => true,
    );
    if (failed) killed += 1;
    const count = (await Bun.file(calls).text()).length;
    expect(await scene.refs()).toBe(refs);
    await scene.verify();
    if (count < at) break;
  }
  expect(killed).toBeGreaterThan(3);
  // A lock of a killed git is in the way until it is old enough to have no owner.
  for (const name of [
    'packed-refs.lock',
    'packed-refs.new',
    'objects/pack/multi-pack-index.lock',
    'objects/info/commit-graphs/commit-graph-chain.lock',
  ])
    if (scene.has(name)) await scene.leave(name);
  await scene.maintain(true);
  expect(scene.packs()).toHaveLength(1);
  await scene.verify();
}, 180_000);

test('a stop ends the git that runs, and nothing that is needed is gone', async () => {
  using scene = await maintenanceScene();
  await scene.commit(50);
  await scene.pushAsPacks();
  const stop = new AbortController();
  const done = scene.maintain(true, { signal: stop.signal });
  setTimeout(() => stop.abort(new Error('stopped')), 20);
  expect(await thrown(done)).toThrow('stopped');
  await scene.verify();
});
