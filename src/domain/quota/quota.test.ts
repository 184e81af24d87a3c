import { expect, test } from 'bun:test';
import { startApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { rejectionOf } from '../../../test/support/rejection.ts';
import { guardBody, headroomOf } from './quota.ts';

onEachEngine('the headroom of a project', (engine) => {
  test('is what the fullest of the limits over it leaves, whichever was set first', async () => {
    await using app = await startApp(engine);
    for (const [ofTop, ofGroup, ofProject] of [
      [10, 30, 20],
      [30, 10, 20],
      [20, 30, 10],
    ] as const) {
      const top = await app.seed.group();
      const group = await app.seed.group(top);
      const project = await app.seed.project(group);
      const { storage } = app.services;
      await storage.setLimit({ kind: 'namespace', group: top }, ofTop, app.by);
      await storage.setLimit({ kind: 'namespace', group }, ofGroup, app.by);
      await storage.setLimit({ kind: 'project', project }, ofProject, app.by);
      expect((await headroomOf(app.db, project, 1)).left).toBe(10);
    }
  });

  test('is for a body that just fits, whether it says how long it is or not', async () => {
    await using app = await startApp(engine);
    const project = await app.seed.project(await app.seed.group());
    await app.services.storage.setLimit({ kind: 'project', project }, 10, app.by);
    const taken = async (size: number, announced?: number) => {
      const parts = [new Uint8Array(4), new Uint8Array(size - 4)].values();
      const body = await guardBody(app.db, project, toAsync(parts), { announced });
      return (await Array.fromAsync(body)).reduce((sum, { length }) => sum + length, 0);
    };
    expect([await taken(10), await taken(10, 10)]).toEqual([10, 10]);
    expect(await rejectionOf(taken(11))).toHaveProperty('kind', 'over_quota');
    // Before anything of it is read.
    const refused = guardBody(app.db, project, toAsync([]), { announced: 11 });
    expect(await rejectionOf(refused)).toHaveProperty('kind', 'over_quota');
  });
});

async function* toAsync<T>(values: Iterable<T>): AsyncGenerator<T> {
  yield* values;
}
