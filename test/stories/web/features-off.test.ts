import { expect, test } from 'bun:test';
import { startApp } from '../../support/app.ts';
import { onOneEngine } from '../../support/engines.ts';
import { PASSWORD } from '../../support/seed.ts';
import { pagesOf } from '../../support/signed-in.ts';

onOneEngine('switched-off features', (engine) => {
  for (const [setting, tab, pages] of [
    ['POSTERN_REGISTRY', 'Images', ['/a/b/container_registry', '/groups/a/-/container_registries']],
    ['POSTERN_PACKAGES', 'Packages', ['/a/b/-/packages', '/groups/a/-/packages']],
  ] as const)
    test(`${setting}=off: no tab, no link and no page of a project or a group, and the page says who can change that`, async () => {
      for (const state of ['on', 'off']) {
        await using app = await startApp(engine, { [setting]: state });
        const { signIn, get } = pagesOf(app);
        await app.seed.user({ username: 'ada', password: PASSWORD, admin: true });
        const group = await app.seed.group(null, { path: 'a' });
        await app.seed.project(group, { path: 'b' });
        const Cookie = (await signIn('ada')).cookie;
        for (const home of ['/a', '/a/b']) {
          const text = await (await get(home, { Cookie })).text();
          expect([home, state, text.includes(`>${tab}</a>`)]).toEqual([home, state, state === 'on']);
        }
        for (const page of pages) {
          const answer = await get(page, { Cookie });
          expect([page, answer.status]).toEqual([page, state === 'on' ? 200 : 403]);
          if (state === 'off')
            expect(await answer.text()).toContain('An operator can switch it on in the server’s settings.');
        }
      }
    });

  test('a project says of its own switch who can turn it', async () => {
    await using app = await startApp(engine);
    const { signIn, get } = pagesOf(app);
    await app.seed.user({ username: 'ada', password: PASSWORD, admin: true });
    const project = await app.seed.project(await app.seed.group(null, { path: 'a' }), { path: 'b' });
    await app.services.projects.update(project, { features: { packages: false } }, app.by);
    const answer = await get('/a/b/-/packages', { Cookie: (await signIn('ada')).cookie });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('A maintainer can switch it on under Settings &gt; General of the project');
  });
});
