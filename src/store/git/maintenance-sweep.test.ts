import { expect, test } from 'bun:test';
import { maintenanceScene } from '../../../test/support/maintenance-scene.ts';
import { HOUR } from '../../lib/clock.ts';
import { createSweep } from './maintenance-sweep.ts';

test('leftovers of killed pushes are removed from every repository, whatever was pushed since', async () => {
  using scene = await maintenanceScene();
  const left = ['objects/tmp_objdir-incoming-ab12/pack/tmp_pack_x', 'HEAD.new-1', 'refs/heads/main.lock'];
  for (const name of left) await scene.leave(name);
  const list = async function* () {
    yield '/nowhere';
    yield scene.path;
  };
  const sweep = createSweep({ list }, { timeoutMs: HOUR, report: scene.options.report });
  expect(await sweep(new AbortController().signal)).toBe(left.length);
  expect(left.filter(scene.has)).toEqual([]);
  expect(scene.has('objects/tmp_objdir-incoming-ab12')).toBe(false);
});

test('a sweep stops when its signal is aborted', async () => {
  using scene = await maintenanceScene();
  const list = async function* () {
    yield scene.path;
  };
  await scene.leave('HEAD.new-1');
  const sweep = createSweep({ list }, { timeoutMs: HOUR, report: scene.options.report });
  await expect(sweep(AbortSignal.abort())).rejects.toThrow();
  expect(scene.has('HEAD.new-1')).toBe(true);
});
