import { expect, test } from 'bun:test';
import { startApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';

onEachEngine('administrators', (engine) => {
  test('the last active administrator can be neither demoted nor blocked', async () => {
    await using app = await startApp(engine);
    const { users } = app.services;
    const ada = await app.seed.user({ admin: true });
    const grace = await app.seed.user({ admin: true });
    expect(await users.setBlocked(grace.id, true, app.by)).toBe(true);
    for (const change of [() => users.setAdmin(ada.id, false, app.by), () => users.setBlocked(ada.id, true, app.by)])
      expect(await change().catch((error: Error) => error.message)).toStartWith(`${ada.username} is the last administ`);
    expect(await users.setBlocked(grace.id, false, app.by)).toBe(true);
    expect(await users.setAdmin(ada.id, false, app.by)).toBe(true);
    expect(await users.setAdmin(ada.id, false, app.by)).toBe(false);
    expect((await users.get(ada.id)).admin).toBe(false);
    const { items } = await app.services.audit.list({}, { page: 1, perPage: 5 });
    expect(items.map(({ action }) => action)).toContain('user_unmade_admin');
  });

  test('of several who unmake one another at once one is left', async () => {
    await using app = await startApp(engine);
    const { users } = app.services;
    const all = await Promise.all(Array.from({ length: 4 }, () => app.seed.user({ admin: true })));
    const done = await Promise.allSettled(all.map(({ id }) => users.setAdmin(id, false, app.by)));
    expect(done.filter(({ status }) => status === 'rejected').length).toBe(1);
  });
});
