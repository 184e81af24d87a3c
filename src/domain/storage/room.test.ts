import { expect, test } from 'bun:test';
import { startApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { roomIn } from './room.ts';

onEachEngine('the room of a project', (engine) => {
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
      expect((await roomIn(app.db, project, 1)).left).toBe(10);
    }
  });
});
