import { expect, test } from 'bun:test';
import { SYSTEM } from '../../../src/domain/doer.ts';
import { expectAccessible, inBrowser, openVisitor, type Visitor } from '../../support/browser.ts';
import { onEachServer } from '../../support/on-each-app.ts';
import { PASSWORD } from '../../support/seed.ts';

onEachServer('error pages', (started) => {
  const story = inBrowser();

  story('say what to do, with the request id, to whoever is signed in', async () => {
    const { seed, services, db, url } = await started;
    const group = await seed.group(null, { path: 'house' });
    const project = await seed.project(group, { path: 'garden' });
    const user = await seed.member(group, 'developer', { username: 'ada', password: PASSWORD });

    await using visitor = await openVisitor(url);
    const { page } = visitor;
    await visitor.signIn('ada', PASSWORD);
    await page.goto('/house/gardens');
    await expectError(visitor, 404, 'ask them to let you in', 'ada');
    await page.goto('/house/garden/edit');
    await expectError(visitor, 403, 'Ask a maintainer or owner of it for a higher role.', 'ada');
    await page.goto('/admin/users');
    await expectError(visitor, 403, 'Ask an administrator to do it.', 'ada');
    await page.goto('/house/garden/-/packages/1/delete');
    await expectError(visitor, 405, 'use its buttons from there', 'ada');
    await services.projects.update(project, { features: { packages: false } }, SYSTEM);
    await page.goto('/house/garden/-/packages');
    await expectError(visitor, 403, 'A maintainer can switch it on', 'ada');

    await db.schema.alterTable('image_tags').renameTo('image_tags_elsewhere').execute();
    await page.goto('/house/garden/container_registry');
    await db.schema.alterTable('image_tags_elsewhere').renameTo('image_tags').execute();
    await expectError(visitor, 500, 'tell whoever runs this server the number below', 'ada');

    await page.goto('/-/user_settings/profile');
    await services.sessions.endOthers(user.id, 0);
    await page.getByRole('button', { name: 'Save' }).click();
    await expectError(visitor, 401, 'Sign in, and then do it again.', null);
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
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

  test('a program gets a line of text', async () => {
    const answer = await fetch(`${(await started).url}/house/gardens`, { headers: { Accept: '*/*' } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'text/plain; charset=utf-8']);
  });
});

/** @param reader who the head of the page says is signed in; null: nobody. */
async function expectError({ page }: Visitor, status: number, todo: string, reader: string | null): Promise<void> {
  await page.getByText(`Error ${status}`).waitFor();
  expect(await page.getByRole('main').textContent()).toContain(todo);
  expect(await page.getByRole('main').locator('code').last().textContent()).toMatch(/^[0-9a-f-]{36}$/);
  const head = await page.getByRole('banner').textContent();
  expect([status, head?.includes(reader ?? 'Sign in')]).toEqual([status, true]);
  await expectAccessible(page);
}
