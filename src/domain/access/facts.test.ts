import { expect, test } from 'bun:test';
import { onEachApp } from '../../../test/support/on-each-app.ts';

onEachApp('facts of several projects', (started) => {
  test('they are those that each project has alone, for members of any kind, strangers and nobody', async () => {
    const { seed, services, db, time } = await started;
    const { access, groups } = services;
    const top = await seed.group();
    const below = await seed.group(top);
    const projects = [await seed.project(top), await seed.project(below), await seed.project(await seed.group())];
    const owner = await seed.user();
    const own = await groups.list(
      { userId: owner.id, admin: false, now: time.now },
      {},
      { by: 'id', direction: 'asc' },
      {
        page: 1,
        perPage: 10,
      },
    );
    const personal = own.items.find(({ owner_id }) => owner_id === owner.id);
    if (!personal) throw new Error('no personal namespace');
    projects.push(await seed.project(personal));
    const above = await seed.member(top, 'reporter');
    const inProject = await seed.member(projects[1] ?? top, 'maintainer');
    await seed.join(below, inProject, 'guest');
    const ended = await seed.member(top, 'owner');
    await db.updateTable('members').set({ expires_at: time.now }).where('user_id', '=', ended.id).execute();
    const levels: number[][] = [];
    for (const userId of [owner.id, above.id, inProject.id, ended.id, null]) {
      const ids = projects.map(({ id }) => id);
      const one = await Promise.all(ids.map((id) => access.project(id, userId)));
      const all = await access.projects([...ids, 888888], userId);
      expect(all.sort((a, b) => a.project.id - b.project.id)).toEqual(one as typeof all);
      levels.push(all.map(({ level }) => level));
    }
    expect(levels).toEqual([
      [0, 0, 0, 50],
      [20, 20, 0, 0],
      [0, 40, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect(await access.projects([], owner.id)).toEqual([]);
  });
});
