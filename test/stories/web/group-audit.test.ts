import { expect, test } from 'bun:test';
import { BY_SYSTEM } from '../../../src/domain/access/confirm.ts';
import { startApp } from '../../support/app.ts';
import { onEachEngine } from '../../support/engines.ts';
import { PASSWORD } from '../../support/seed.ts';
import { pagesOf } from '../../support/signed-in.ts';

onEachEngine('the audit log of a group', (engine) => {
  test('lists events of everything that is and was below it, and nothing else', async () => {
    await using app = await startApp(engine);
    const { seed, services, time } = app;
    const { signIn, get } = pagesOf(app);
    const ada = await seed.user({ username: 'ada', password: PASSWORD });
    const tick = () => {
      time.now += 1000;
    };
    // The path was another group's before, with a project that was deleted: none of that is for who owns it now.
    const former = await seed.group(null, { path: 'house' });
    const secret = await seed.project(former, { path: 'secret-plan' });
    await services.projects.destroy(secret, BY_SYSTEM);
    await services.groups.destroy(former, BY_SYSTEM);
    tick();
    const house = await seed.group(null, { path: 'house' });
    const cellar = await seed.group(house, { path: 'cellar' });
    const wine = await seed.project(cellar, { path: 'wine' });
    const roof = await seed.project(house, { path: 'roof' });
    const elsewhere = await seed.project(await seed.group(null, { path: 'housemate' }), { path: 'attic' });
    for (const [project, name] of [
      [wine, 'of the wine'],
      [roof, 'of the roof'],
      [elsewhere, 'of the attic'],
    ] as const)
      await seed.deployToken(project, { name });
    await services.projects.destroy(roof, BY_SYSTEM);
    await seed.join(house, ada, 'owner');
    const { cookie: Cookie } = await signIn('ada');
    const log = async (query = '', path = 'house') => {
      const answer = await get(`/groups/${path}/-/audit_events?${query}`, { Cookie });
      expect(answer.status).toBe(200);
      return (await answer.text()).replace(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
    };
    const all = await log();
    for (const shown of ['“of the wine”', '“of the roof”', 'house/cellar/wine', 'house/roof', 'deleted the project'])
      expect([shown, all.includes(shown)]).toEqual([shown, true]);
    for (const hidden of ['of the attic', 'secret-plan', 'housemate', 'deleted the group'])
      expect([hidden, all.includes(hidden)]).toEqual([hidden, false]);
    const narrowed = await log('where=house/cellar&kind=tokens');
    expect([narrowed.includes('of the wine'), narrowed.includes('of the roof')]).toEqual([true, false]);
    expect(await log('kind=members')).not.toContain('of the wine');
    expect(await log('where=housemate')).toContain('Nothing was found');

    // After a move, deleted objects are listed by today's path only, and existing ones wherever they were.
    tick();
    await services.groups.update(house, { path: 'manor' }, BY_SYSTEM);
    const moved = await log('', 'manor');
    expect([moved.includes('of the wine'), moved.includes('of the roof')]).toEqual([true, false]);
  });
});
