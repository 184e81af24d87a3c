import { expect, test } from 'bun:test';
import { startApp } from '../../../../test/support/app.ts';
import { onEachEngine } from '../../../../test/support/engines.ts';
import { PASSWORD } from '../../../../test/support/seed.ts';
import { pagesOf } from '../../../../test/support/signed-in.ts';

onEachEngine('the lists of deploy tokens', (engine) => {
  /** A project with 25 tokens that work, 25 that are revoked, and 25 of the group above it. */
  const scene = async () => {
    const app = await startApp(engine);
    const group = await app.seed.group(null, { path: 'house' });
    const project = await app.seed.project(group, { path: 'garden' });
    for (let i = 10; i < 35; i++) {
      await app.seed.deployToken(project, { name: `works-${i}` });
      await app.seed.deployToken(group, { name: `above-${i}` });
      const over = await app.seed.deployToken(project, { name: `over-${i}` });
      const owner = { kind: 'project', id: project.id, path: project.full_path } as const;
      await app.services.deployTokens.revoke(owner, over.id, app.by);
    }
    await app.seed.user({ username: 'ada', password: PASSWORD, admin: true });
    const { signIn, get, post } = pagesOf(app);
    const { cookie, token } = await signIn('ada');
    const page = '/house/garden/-/settings/repository';
    const text = async (query: string) => (await get(`${page}${query}`, { Cookie: cookie })).text();
    const send = (path: string, fields: Record<string, string>) =>
      post(path, { authenticity_token: token, ...fields }, { Cookie: cookie });
    return { app, page, text, send };
  };
  /** The names in the first column of a table. */
  const namesIn = (html: string, caption: string): string[] => {
    const table = html.split('<table').find((one) => one.includes(`>${caption}</caption>`)) ?? '';
    return [...table.matchAll(/<th scope="row">(?:<a[^>]*>)?([^<]+)/g)].map(([, name]) => name ?? '');
  };
  const lists = (html: string) =>
    ['Active deploy tokens', 'Inactive deploy tokens', 'Deploy tokens of groups'].map((caption) => {
      const names = namesIn(html, caption);
      return [names.length, names[0], names.at(-1)];
    });

  test('each has its own pages', async () => {
    const { app, text } = await scene();
    await using _ = app;
    const works = [20, 'works-34', 'works-15'];
    const over = [20, 'over-34', 'over-15'];
    const above = [20, 'above-34', 'above-15'];
    expect(lists(await text(''))).toEqual([works, over, above]);
    expect(lists(await text('?inactive_page=2'))).toEqual([works, [5, 'over-14', 'over-10'], above]);
    expect(lists(await text('?groups_page=2'))).toEqual([works, over, [5, 'above-14', 'above-10']]);
    expect(await text('?inactive_page=2')).toMatch(/<details class="fold" open="">\s*<summary>Inactive/);
    expect(await text('?inactive_page=2')).toContain('?inactive_page=1#js-deploy-tokens');
  });

  test('a search looks through all of them', async () => {
    const { app, text } = await scene();
    await using _ = app;
    const one = (name: string) => [1, name, name];
    expect(lists(await text('?search=-12'))).toEqual([one('works-12'), one('over-12'), one('above-12')]);
    expect(lists(await text('?search=over'))[0]).toEqual([0, undefined, undefined]);
  });

  test('an action on a token returns to the same page of the lists', async () => {
    const { app, page, text, send } = await scene();
    await using _ = app;
    const query = '?search=works&sort=name&page=2';
    const html = await text(query);
    expect(namesIn(html, 'Active deploy tokens')).toEqual(['works-30', 'works-31', 'works-32', 'works-33', 'works-34']);
    const created = await send(`${page}/deploy_token/create${query}`, { name: 'works-99', scopes: 'read_repository' });
    const answer = await created.text();
    expect(created.status).toBe(201);
    expect(namesIn(answer, 'Active deploy tokens').at(-1)).toBe('works-99');
    expect(answer).toContain(`content="${page}${query.replaceAll('&', '&amp;')}#js-deploy-tokens"`);
    const ask = /href="([^"]*\/revoke[^"]*)" aria-label="Revoke works-30"/.exec(html)?.[1]?.replaceAll('&amp;', '&');
    const revoked = await send(ask ?? '', {});
    expect(revoked.headers.get('location')).toMatch(/repository\?search=works&sort=name&page=2&revoked=\d+#/);
  });
});
