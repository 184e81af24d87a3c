import { expect, test } from 'bun:test';
import { onEachEngine } from '../../../test/support/engines.ts';
import { packageScene } from '../../../test/support/package-scene.ts';

onEachEngine('npm search below a group', (engine) => {
  test('finds a readable package among very many that are not', async () => {
    await using scene = await packageScene(engine);
    const { app, group, project, token } = scene;
    for (const name of ['tool-0', 'tool-9', 'tool-x'])
      expect((await scene.publishNpm({ name, version: '1.0.0' })).status).toBe(200);
    const hidden = await app.seed.project(group);
    const row = { type: 'npm', revision: 1, created_at: 0, updated_at: 0 };
    const names = Array.from({ length: 600 }, (_, i) => `tool-${1 + (i % 8)}${i}`);
    const insert = app.db.insertInto('packages');
    await insert.values(names.map((name) => ({ ...row, project_id: hidden.id, name, name_key: name }))).execute();
    const search = async (where: string) => {
      const answer = await app.fetch(`/api/v4/${where}/npm/-/v1/search?text=tool&size=100`, {
        headers: { 'Deploy-Token': token.secret },
      });
      const { objects, total } = (await answer.json()) as Found;
      return [total, ...objects.map((each) => each.package.name)];
    };
    const own = [3, 'tool-0', 'tool-9', 'tool-x'];
    expect(await search(`projects/${project.id}/packages`)).toEqual(own);
    expect(await search(`groups/${group.id}/-/packages`)).toEqual(own);
  });
});

interface Found {
  total: number;
  objects: { package: { name: string } }[];
}
