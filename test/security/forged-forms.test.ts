/**
 * The attack: a page of another site has the browser of someone who is signed in send one of our forms (CSRF): it makes
 * a token, adds a member, deletes a project. The browser brings the session's cookie along by itself.
 */

import { expect, test } from 'bun:test';
import { startApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { addressOfRow, nameOfRow } from '../support/row-address.ts';
import { PASSWORD } from '../support/seed.ts';
import { pagesOf } from '../support/signed-in.ts';

onEachEngine('forged forms', (engine) => {
  test('no form of any page is run without the token of this very session, or from elsewhere', async () => {
    await using app = await startApp(engine);
    const { signIn, post } = pagesOf(app);
    const owner = await app.seed.user({ username: 'ada', password: PASSWORD, admin: true });
    await app.seed.user({ username: 'mallory', password: PASSWORD });
    const group = await app.seed.group(null, { path: 'house' });
    const project = await app.seed.project(group, { path: 'garden' });
    const ada = await signIn('ada');
    const mallory = await signIn('mallory');
    const named = { groupId: group.id, groupPath: 'house', projectId: project.id, projectPath: 'house/garden' };
    const forms = app.app.protocols
      .filter(({ name }) => name === 'web')
      .flatMap(({ routes }) => routes)
      .filter(({ method, path }) => method !== 'GET' && path !== '/users/sign_in');
    expect(forms.length).toBeGreaterThan(20);
    await app.services.signIns.flush();
    const before = await app.db
      .selectFrom('audit_events')
      .select((e) => e.fn.countAll().as('n'))
      .executeTakeFirst();
    for (const row of forms) {
      const path = addressOfRow(row, named, 'path') ?? '';
      const cookie = { Cookie: ada.cookie };
      const answers = {
        noToken: await post(path, {}, cookie),
        anothersToken: await post(path, { authenticity_token: mallory.token }, cookie),
        foreignOrigin: await post(path, { authenticity_token: ada.token }, { ...cookie, Origin: 'http://evil.test' }),
        noOrigin: await post(path, { authenticity_token: ada.token }, { ...cookie, Origin: 'null' }),
        crossSite: await post(path, { authenticity_token: ada.token }, { ...cookie, 'Sec-Fetch-Site': 'cross-site' }),
        sameSite: await post(path, { authenticity_token: ada.token }, { ...cookie, 'Sec-Fetch-Site': 'same-site' }),
      };
      for (const [how, { status }] of Object.entries(answers))
        expect([nameOfRow(row), how, status]).toEqual([nameOfRow(row), how, 403]);
      const asJson = await post(path, { authenticity_token: ada.token }, { ...cookie, 'Content-Type': 'text/plain' });
      expect([nameOfRow(row), asJson.status]).toEqual([nameOfRow(row), 415]);
    }
    const after = await app.db
      .selectFrom('audit_events')
      .select((e) => e.fn.countAll().as('n'))
      .executeTakeFirst();
    expect(after).toEqual(before);
    expect(owner.id).toBeGreaterThan(0);
  });

  test('a page with a secret tells no origin: its forms are known by a token of their own, and no others come without one', async () => {
    await using app = await startApp(engine);
    const { signIn, post, get } = pagesOf(app);
    await app.seed.user({ username: 'ada', password: PASSWORD });
    const { cookie, token } = await signIn('ada');
    const path = '/-/user_settings/personal_access_tokens';
    const carried = async (answer: Response) =>
      /name="authenticity_token" value="([^"]+)"/.exec(await answer.text())?.[1] ?? '';
    const fields = { name: 'backup', scopes: 'api', authenticity_token: token };
    const created = await post(path, fields, { Cookie: cookie });
    expect([created.status, created.headers.get('referrer-policy')]).toEqual([201, 'no-referrer']);
    const own = await carried(created);
    const page = await get(path, { Cookie: cookie });
    expect([page.status, page.headers.get('referrer-policy')]).toEqual([200, 'same-origin']);
    expect(await carried(page)).toBe(token);
    expect(own).not.toBe(token);
    const send = async (authenticity_token: string, headers: Record<string, string>) =>
      (await post(path, { ...fields, authenticity_token }, { Cookie: cookie, ...headers })).status;
    expect({
      fromThatPage: await send(own, { Origin: 'null' }),
      fromItBehindTls: await send(own, { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' }),
      fromAnotherPage: await send(token, { Origin: 'null' }),
      fromAnotherSite: await send(own, { Origin: 'http://evil.test' }),
      fromAFrameOfAnotherSite: await send(own, { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' }),
      fromWhoSaysNothing: await send(own, { Origin: '' }),
      withNone: await send('', { Origin: 'null' }),
    }).toEqual({
      fromThatPage: 201,
      fromItBehindTls: 201,
      fromAnotherPage: 403,
      fromAnotherSite: 403,
      fromAFrameOfAnotherSite: 403,
      fromWhoSaysNothing: 403,
      withNone: 403,
    });
  });

  test('nobody is signed in as someone else by a form of another site', async () => {
    await using app = await startApp(engine);
    await app.seed.user({ username: 'mallory', password: PASSWORD });
    const { post } = pagesOf(app);
    const fields = { login: 'mallory', password: PASSWORD };
    const answer = await post('/users/sign_in', fields, { Origin: 'http://evil.test' });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([403, null]);
  });
});
