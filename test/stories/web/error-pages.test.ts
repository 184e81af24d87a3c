import { expect, test } from 'bun:test';
import { BY_SYSTEM } from '../../../src/domain/access/confirm.ts';
import { startApp } from '../../support/app.ts';
import { expectAccessible, inBrowser, openVisitor, type Visitor } from '../../support/browser.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { PASSWORD } from '../../support/seed.ts';
import { pagesOf } from '../../support/signed-in.ts';

onOneServer('error pages', (started, engine) => {
  const story = inBrowser();

  story('name the remedy and the request id to a signed-in user', async () => {
    const { seed, services, db, url } = await started;
    const group = await seed.group(null, { path: 'house' });
    const project = await seed.project(group, { path: 'garden' });
    const user = await seed.member(group, 'developer', { username: 'ada', password: PASSWORD });

    await using visitor = await openVisitor(url);
    const { page } = visitor;
    await visitor.signIn('ada', PASSWORD);
    await page.goto('/house/gardens');
    await expectError(visitor, 404, 'ask them for access', 'ada');
    await page.goto('/house/garden/edit');
    await expectError(visitor, 403, 'This needs the role Maintainer or higher in the project.', 'ada');
    await page.goto('/admin/users');
    await expectError(visitor, 403, 'Ask an administrator to do it.', 'ada');
    await page.goto('/house/garden/-/packages/1/delete');
    await expectError(visitor, 405, 'Go back to the page and use its form', 'ada');
    await services.projects.update(project, { features: { packages: false } }, BY_SYSTEM);
    await page.goto('/house/garden/-/packages');
    await expectError(visitor, 403, 'A maintainer can switch it on', 'ada');

    await db.schema.alterTable('image_tags').renameTo('image_tags_elsewhere').execute();
    await page.goto('/house/garden/container_registry');
    await db.schema.alterTable('image_tags_elsewhere').renameTo('image_tags').execute();
    await expectError(visitor, 500, 'give the request id below to the administrators', 'ada');

    await page.goto('/-/user_settings/profile');
    await services.sessions.endOthers(user.id, 0, BY_SYSTEM);
    await page.getByRole('button', { name: 'Save' }).click();
    await expectError(visitor, 401, 'Sign in and try again.', null);
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
    await page.getByLabel('User name or e-mail').fill('ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${url}/-/user_settings/profile`);
    await services.sessions.endOthers(user.id, 0, BY_SYSTEM);
    await page.goto('/users/sign_in');
    for (let i = 0; i < 12 && !(await page.getByText('Too many failed sign-ins').isVisible()); i++) {
      await page.getByLabel('User name or e-mail').fill('ada');
      await page.getByLabel('Password').fill('wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('status').waitFor();
    }
    expect(await page.getByRole('status').textContent()).toMatch(/Try again in \d+ minutes/);
    expect(await page.getByRole('main').locator('code').textContent()).toMatch(/^[0-9a-f-]{36}$/);
    await expectAccessible(page);
    visitor.expectNoComplaints();
  });

  test('an address that accepts only forms is 405 for every visitor, at every path', async () => {
    const { url } = await started;
    const { get, signIn } = pagesOf({ fetch: (path, init) => fetch(path, init) }, url);
    const { cookie } = await signIn('root');
    for (const headers of [{}, { Cookie: cookie }])
      for (const path of [
        '/users/sign_out',
        '/house/garden/edit/general',
        '/no/such/project/edit/destroy',
        '/house/garden/container_registry/1/delete',
        '/house/garden/-/packages/1/delete',
        '/groups/house/-/edit/path',
        '/admin/users/ada/block',
      ]) {
        const answer = await get(path, headers);
        expect([path, answer.status, answer.headers.get('allow')]).toEqual([path, 405, 'POST']);
        expect([path, (await answer.text()).includes('Go back to the page and use its form')]).toEqual([path, true]);
      }
  });

  test('after too many password attempts the page says when to try again, and so does the header', async () => {
    await using app = await startApp(engine);
    await app.seed.user({ username: 'ada', password: PASSWORD });
    const { post, signIn } = pagesOf(app);
    const { cookie, token } = await signIn('ada');
    const guess = { current_password: 'wrong', new_password: 'a good new one', new_password_again: 'a good new one' };
    for (const tryOne of [
      () => post('/-/user_settings/password/edit', { authenticity_token: token, ...guess }, { Cookie: cookie }),
      async () => (await signIn('ada', { fields: { password: 'wrong' } })).answer,
    ]) {
      let answer = await tryOne();
      for (let i = 0; i < 12 && answer.status !== 429; i++) answer = await tryOne();
      expect([answer.status, answer.headers.get('content-type')]).toEqual([429, 'text/html; charset=utf-8']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(60);
      expect(await answer.text()).toMatch(/Too many failed sign-ins. Try again in \d+ minutes/);
    }
  });

  test('a program gets a line of text', async () => {
    for (const Accept of ['*/*', 'text/html;q=0, */*']) {
      const answer = await fetch(`${(await started).url}/house/gardens`, { headers: { Accept } });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'text/plain; charset=utf-8']);
    }
  });
});

/** @param reader the user name in the page header; null if none. */
async function expectError({ page }: Visitor, status: number, todo: string, reader: string | null): Promise<void> {
  await page.getByText(`Error ${status}`).waitFor();
  expect(await page.getByRole('main').textContent()).toContain(todo);
  expect(await page.getByRole('main').locator('code').last().textContent()).toMatch(/^[0-9a-f-]{36}$/);
  const head = await page.getByRole('banner').textContent();
  expect([status, head?.includes(reader ?? 'Sign in')]).toEqual([status, true]);
  await expectAccessible(page);
}
