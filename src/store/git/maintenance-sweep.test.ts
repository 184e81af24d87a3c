import { expect, test } from 'bun:test';
import { maintenanceScene } from '../../../test/support/maintenance-scene.ts';
import { thrown } from '../../../test/support/rejection.ts';
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
  expect(await thrown(sweep(AbortSignal.abort()))).toThrow();
  expect(scene.has('HEAD.new-1')).toBe(true);
});

test('a pack that a killed push has kept is packed again, and one that an administrator keeps is not', async () => {
  using scene = await maintenanceScene();
  await scene.commit(4);
  await scene.pushAsPacks();
  const [first = '', second = ''] = scene.packs();
  const keep = (pack: string) => `objects/pack/${pack.replace('.pack', '.keep')}`;
  await scene.leave(keep(first), 'receive-pack 4711 on host\n');
  await scene.leave(keep(second), 'too large\n');
  await scene.maintain(true);
  expect([first, second].map(keep).filter(scene.has)).toEqual([keep(second)]);
  expect(scene.packs()).not.toContain(first);
});
