import { expect, test } from 'bun:test';
import { startApp } from '../../../../test/support/app.ts';
import { onEachEngine } from '../../../../test/support/engines.ts';
import { PASSWORD } from '../../../../test/support/seed.ts';
import { pagesOf } from '../../../../test/support/signed-in.ts';

const PAGE = '/-/user_settings/personal_access_tokens';

onEachEngine('the page of personal access tokens', (engine) => {
  const scene = async () => {
    const app = await startApp(engine);
    const user = await app.seed.user({ username: 'ada', password: PASSWORD });
    const { signIn, get, post, follow } = pagesOf(app);
    const { cookie, token } = await signIn('ada');
    const text = async (query: string) => (await get(`${PAGE}${query}`, { Cookie: cookie })).text();
    const send = (path: string, fields: Record<string, string>) =>
      post(path, { authenticity_token: token, ...fields }, { Cookie: cookie });
    const names = async () => {
      const { items } = await app.services.personalTokens.list({ userId: user.id }, { page: 1, perPage: 100 }, 'asc');
      return items.map(({ name }) => name);
    };
    const sendAndFollow = async (path: string) => (await follow(await send(path, {}), cookie)).text();
    return { app, user, text, send, sendAndFollow, names };
  };

  test('inactive tokens are paginated, and a token that was just revoked is announced on any page', async () => {
    const { app, user, text, sendAndFollow } = await scene();
    await using _ = app;
    const { personalTokens } = app.services;
    const ids: number[] = [];
    for (let i = 10; i < 65; i++) {
      const made = await personalTokens.create(user, { name: `over-${i}`, scopes: ['api'] }, app.by);
      if (i > 10) await personalTokens.revoke(made.token, app.by);
      ids.push(made.token.id);
    }
    const followed = await sendAndFollow(`${PAGE}/${ids[0]}/revoke`);
    expect(followed.includes('<strong>over-10</strong> was revoked.')).toBe(true);
    const shown = (html: string) => [...html.matchAll(/<th scope="row">(over-\d+)/g)].map(([, name]) => name);
    expect(shown(await text(''))).toHaveLength(50);
    expect(shown(await text('?inactive_page=2'))).toEqual(['over-14', 'over-13', 'over-12', 'over-11', 'over-10']);
  });

  test('a form that comes again makes nothing, and says what it made: also that of a rotation', async () => {
    const { app, send, names } = await scene();
    await using _ = app;
    const form = { name: 'backup', scopes: 'api', form_number: 'aaaaaaaaaaaaaaaaaaaaaa' };
    const created = await send(PAGE, form);
    const secret = /value="(glpat-[^"]+)"/.exec(await created.text())?.[1] ?? '';
    expect([created.status, secret.length > 20]).toEqual([201, true]);
    const again = await send(PAGE, form);
    const answer = await again.text();
    expect([again.status, answer.includes('This form was already submitted'), answer.includes(secret)]).toEqual([
      409,
      true,
      false,
    ]);
    expect(answer).toContain('It created “backup” the first time');
    expect(await names()).toEqual(['test', 'backup']);

    const id = /personal_access_tokens\/(\d+)\/rotate" aria-label="Rotate backup"/.exec(answer)?.[1];
    const rotation = { form_number: 'bbbbbbbbbbbbbbbbbbbbbb' };
    expect((await send(`${PAGE}/${id}/rotate`, rotation)).status).toBe(201);
    expect((await send(`${PAGE}/${id}/rotate`, rotation)).status).toBe(409);
    expect(await names()).toEqual(['test', 'backup', 'backup']);
  });
});
